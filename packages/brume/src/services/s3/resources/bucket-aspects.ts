/** How each property of AWS::S3::Bucket is put, cleared and read by S3's operations. */
import { orUndefined } from "../../../kernel/errors.js";
import type { Json, Properties, ResourceContext } from "../../../kernel/resource.js";
import { toBoolean, toNumber } from "../../../kernel/template-values.js";
import { notificationFromApi, notificationToApi } from "./bucket-notification.js";
import {
  analyticsFromApi,
  analyticsToApi,
  inventoryFromApi,
  inventoryToApi,
  metricsFromApi,
  metricsToApi,
  tieringFromApi,
  tieringToApi,
} from "./bucket-reports.js";
import { lifecycleFromApi, lifecycleToApi, replicationFromApi, replicationToApi } from "./bucket-rules.js";
import { type Document, plain } from "./template-values.js";

/** One property: each function acts on a bucket. */
export interface Aspect {
  put(bucket: string, value: Json, ctx: ResourceContext, before: Json | undefined): Promise<void>;
  clear(bucket: string, before: Json, ctx: ResourceContext): Promise<void>;
  /** May throw S3's error for what is not configured. */
  read(bucket: string, ctx: ResourceContext): Promise<Json | undefined>;
}

interface Mapping {
  /** The operations' names without `Put`, `Get` and `Delete`. */
  readonly operation: string;
  readonly deleteOperation?: string;
  /** From the property's value to the members of the put's input. */
  readonly toApi: (value: never) => object;
  /** From the get's output to the property's value. */
  readonly fromApi: (output: never) => unknown;
  /** What is put where the property is taken away, in place of a deletion. */
  readonly cleared?: object;
}

function aspect({ operation, deleteOperation, toApi, fromApi, cleared }: Mapping): Aspect {
  return {
    async put(Bucket, value, ctx) {
      await ctx.call("s3", `Put${operation}`, { Bucket, ...toApi(value as never) });
    },
    async clear(Bucket, _before, ctx) {
      if (cleared) await ctx.call("s3", `Put${operation}`, { Bucket, ...cleared });
      else await ctx.call("s3", deleteOperation ?? `Delete${operation}`, { Bucket });
    },
    async read(Bucket, ctx) {
      return plain(fromApi((await ctx.call("s3", `Get${operation}`, { Bucket })) as never));
    },
  };
}

/** A property that is a list of documents, each put under its id. */
function identified(
  operation: string,
  list: string,
  toApi: (value: never) => object,
  fromApi: (d: never) => unknown,
): Aspect {
  const idsOf = (value: Json | undefined) => ((value ?? []) as { Id: string }[]).map(({ Id }) => Id);
  const remove = async (Bucket: string, ids: readonly string[], ctx: ResourceContext) => {
    for (const Id of ids) {
      await orUndefined(ctx.call("s3", `Delete${operation}`, { Bucket, Id }), "NoSuchConfiguration");
    }
  };
  return {
    async put(Bucket, value, ctx, before) {
      for (const one of value as { Id: string }[]) {
        await ctx.call("s3", `Put${operation}`, { Bucket, Id: one.Id, [list]: toApi(one as never) });
      }
      const kept = idsOf(value);
      await remove(
        Bucket,
        idsOf(before).filter((id) => !kept.includes(id)),
        ctx,
      );
    },
    clear: (Bucket, before, ctx) => remove(Bucket, idsOf(before), ctx),
    async read(Bucket, ctx) {
      const output = await ctx.call<Record<string, never[]>>("s3", `List${operation}s`, { Bucket });
      const found = (output[`${list}List`] ?? []).map((one) => plain(fromApi(one)) as Json);
      return found.length > 0 ? found : undefined;
    },
  };
}

/** A property whose operation answers that it is not implemented, and why. */
function unsupported(operation: string): Aspect {
  return {
    async put(Bucket, _value, ctx) {
      await ctx.call("s3", operation, { Bucket });
    },
    async clear() {},
    read: async () => undefined,
  };
}

interface Rules {
  readonly Rules: readonly Document[];
}
interface EncryptionRule {
  readonly BucketKeyEnabled?: Json;
  readonly ServerSideEncryptionByDefault?: Json;
  readonly ApplyServerSideEncryptionByDefault?: Json;
  readonly BlockedEncryptionTypes?: Json;
}

const CANNED: Readonly<Record<string, string>> = {
  AuthenticatedRead: "authenticated-read",
  AwsExecRead: "aws-exec-read",
  BucketOwnerFullControl: "bucket-owner-full-control",
  BucketOwnerRead: "bucket-owner-read",
  LogDeliveryWrite: "log-delivery-write",
  Private: "private",
  PublicRead: "public-read",
  PublicReadWrite: "public-read-write",
};

/** In the order in which they are applied: what others need comes first. */
export const ASPECTS: Readonly<Record<string, Aspect>> = {
  OwnershipControls: aspect({
    operation: "BucketOwnershipControls",
    toApi: (value: Rules) => ({ OwnershipControls: value }),
    fromApi: ({ OwnershipControls }: { OwnershipControls: Rules }) => OwnershipControls,
  }),
  PublicAccessBlockConfiguration: aspect({
    operation: "PublicAccessBlock",
    toApi: (value: Properties) => ({
      PublicAccessBlockConfiguration: Object.fromEntries(
        Object.entries(value).map(([name, on]) => [name, toBoolean(on)]),
      ),
    }),
    fromApi: ({ PublicAccessBlockConfiguration }: { PublicAccessBlockConfiguration: Properties }) =>
      PublicAccessBlockConfiguration,
  }),
  // Canned lists cannot be told from the grants they made.
  AccessControl: {
    async put(Bucket, value, ctx) {
      await ctx.call("s3", "PutBucketAcl", { Bucket, ACL: CANNED[value as string] ?? String(value) });
    },
    async clear(Bucket, _before, ctx) {
      await ctx.call("s3", "PutBucketAcl", { Bucket, ACL: "private" });
    },
    read: async () => undefined,
  },
  VersioningConfiguration: aspect({
    operation: "BucketVersioning",
    toApi: (value: Properties) => ({ VersioningConfiguration: value }),
    fromApi: ({ Status }: { Status?: string }) => Status && { Status },
    cleared: { VersioningConfiguration: { Status: "Suspended" } },
  }),
  BucketEncryption: aspect({
    operation: "BucketEncryption",
    toApi: ({ ServerSideEncryptionConfiguration: rules }: { ServerSideEncryptionConfiguration: EncryptionRule[] }) => ({
      ServerSideEncryptionConfiguration: {
        Rules: rules.map(({ BucketKeyEnabled, ServerSideEncryptionByDefault, ...rest }) => ({
          ...rest,
          ApplyServerSideEncryptionByDefault: ServerSideEncryptionByDefault,
          BucketKeyEnabled: toBoolean(BucketKeyEnabled),
        })),
      },
    }),
    fromApi: (output: { ServerSideEncryptionConfiguration: { Rules: EncryptionRule[] } }) => ({
      ServerSideEncryptionConfiguration: output.ServerSideEncryptionConfiguration.Rules.map(
        ({ ApplyServerSideEncryptionByDefault, BucketKeyEnabled, ...rest }) => ({
          ...rest,
          ServerSideEncryptionByDefault: ApplyServerSideEncryptionByDefault,
          BucketKeyEnabled,
        }),
      ),
    }),
  }),
  CorsConfiguration: aspect({
    operation: "BucketCors",
    toApi: ({ CorsRules }: { CorsRules: Properties[] }) => ({
      CORSConfiguration: {
        CORSRules: CorsRules.map(({ Id, ExposedHeaders, MaxAge, ...rest }) => ({
          ...rest,
          ID: Id,
          ExposeHeaders: ExposedHeaders,
          MaxAgeSeconds: toNumber(MaxAge),
        })),
      },
    }),
    fromApi: ({ CORSRules }: { CORSRules: Properties[] }) => ({
      CorsRules: CORSRules.map(({ ID, ExposeHeaders, MaxAgeSeconds, ...rest }) => ({
        ...rest,
        Id: ID,
        ExposedHeaders: ExposeHeaders,
        MaxAge: MaxAgeSeconds,
      })),
    }),
  }),
  LifecycleConfiguration: aspect({
    operation: "BucketLifecycleConfiguration",
    deleteOperation: "DeleteBucketLifecycle",
    toApi: lifecycleToApi,
    fromApi: lifecycleFromApi,
  }),
  Tags: aspect({
    operation: "BucketTagging",
    toApi: (tags: Properties[]) => ({
      Tagging: { TagSet: tags.map(({ Key, Value }) => ({ Key: String(Key), Value: String(Value) })) },
    }),
    fromApi: ({ TagSet }: { TagSet: Properties[] }) => TagSet,
  }),
  WebsiteConfiguration: aspect({
    operation: "BucketWebsite",
    toApi: (value: WebsiteProperty) => ({ WebsiteConfiguration: websiteToApi(value) }),
    fromApi: websiteFromApi,
  }),
  LoggingConfiguration: {
    async put(Bucket, value, ctx) {
      const { DestinationBucketName = Bucket, LogFilePrefix = "", TargetObjectKeyFormat } = value as Properties;
      const TargetPrefix = LogFilePrefix;
      const LoggingEnabled = { TargetBucket: DestinationBucketName, TargetPrefix, TargetObjectKeyFormat };
      await ctx.call("s3", "PutBucketLogging", { Bucket, BucketLoggingStatus: { LoggingEnabled } });
    },
    async clear(Bucket, _before, ctx) {
      await ctx.call("s3", "PutBucketLogging", { Bucket, BucketLoggingStatus: {} });
    },
    async read(Bucket, ctx) {
      const { LoggingEnabled } = await ctx.call<{ LoggingEnabled?: Properties }>("s3", "GetBucketLogging", { Bucket });
      if (!LoggingEnabled) return undefined;
      const { TargetBucket, TargetPrefix, TargetObjectKeyFormat } = LoggingEnabled;
      return plain({
        DestinationBucketName: TargetBucket,
        LogFilePrefix: TargetPrefix || undefined,
        TargetObjectKeyFormat,
      });
    },
  },
  AccelerateConfiguration: aspect({
    operation: "BucketAccelerateConfiguration",
    toApi: ({ AccelerationStatus }: Properties) => ({ AccelerateConfiguration: { Status: AccelerationStatus } }),
    fromApi: ({ Status }: { Status?: string }) => Status && { AccelerationStatus: Status },
    cleared: { AccelerateConfiguration: { Status: "Suspended" } },
  }),
  ObjectLockConfiguration: aspect({
    operation: "ObjectLockConfiguration",
    toApi: ({ ObjectLockEnabled, Rule }: Properties) => {
      const { DefaultRetention } = (Rule ?? {}) as { DefaultRetention?: Properties };
      if (!DefaultRetention) return { ObjectLockConfiguration: { ObjectLockEnabled } };
      const { Mode, Days, Years, DefaultEventHold } = DefaultRetention;
      const retention = { Mode, Days: toNumber(Days), Years: toNumber(Years), DefaultEventHold };
      return { ObjectLockConfiguration: { ObjectLockEnabled, Rule: { DefaultRetention: retention } } };
    },
    fromApi: ({ ObjectLockConfiguration }: { ObjectLockConfiguration: Properties }) => ObjectLockConfiguration,
    cleared: { ObjectLockConfiguration: { ObjectLockEnabled: "Enabled" } },
  }),
  NotificationConfiguration: aspect({
    operation: "BucketNotificationConfiguration",
    toApi: notificationToApi,
    fromApi: notificationFromApi,
    cleared: { NotificationConfiguration: {} },
  }),
  ReplicationConfiguration: aspect({
    operation: "BucketReplication",
    toApi: replicationToApi,
    fromApi: replicationFromApi,
  }),
  AbacStatus: aspect({
    operation: "BucketAbac",
    toApi: (Status: string) => ({ AbacStatus: { Status } }),
    fromApi: ({ AbacStatus }: { AbacStatus: { Status: string } }) =>
      AbacStatus.Status === "Enabled" ? "Enabled" : undefined,
    cleared: { AbacStatus: { Status: "Disabled" } },
  }),
  AnalyticsConfigurations: identified(
    "BucketAnalyticsConfiguration",
    "AnalyticsConfiguration",
    analyticsToApi,
    analyticsFromApi,
  ),
  IntelligentTieringConfigurations: identified(
    "BucketIntelligentTieringConfiguration",
    "IntelligentTieringConfiguration",
    tieringToApi,
    tieringFromApi,
  ),
  InventoryConfigurations: identified(
    "BucketInventoryConfiguration",
    "InventoryConfiguration",
    inventoryToApi,
    inventoryFromApi,
  ),
  MetadataConfiguration: unsupported("CreateBucketMetadataConfiguration"),
  MetadataTableConfiguration: unsupported("CreateBucketMetadataTableConfiguration"),
  MetricsConfigurations: identified("BucketMetricsConfiguration", "MetricsConfiguration", metricsToApi, metricsFromApi),
};

interface WebsiteProperty {
  readonly IndexDocument?: string;
  readonly ErrorDocument?: string;
  readonly RedirectAllRequestsTo?: Json;
  readonly RoutingRules?: readonly { RedirectRule?: Json; RoutingRuleCondition?: Json }[];
}

function websiteToApi({ IndexDocument, ErrorDocument, RedirectAllRequestsTo, RoutingRules }: WebsiteProperty) {
  return {
    IndexDocument: IndexDocument === undefined ? undefined : { Suffix: IndexDocument },
    ErrorDocument: ErrorDocument === undefined ? undefined : { Key: ErrorDocument },
    RedirectAllRequestsTo,
    RoutingRules: RoutingRules?.map(({ RedirectRule, RoutingRuleCondition }) => ({
      Redirect: RedirectRule,
      Condition: RoutingRuleCondition,
    })),
  };
}

interface WebsiteOutput {
  readonly IndexDocument?: { Suffix: string };
  readonly ErrorDocument?: { Key: string };
  readonly RedirectAllRequestsTo?: Json;
  readonly RoutingRules?: readonly { Redirect?: Json; Condition?: Json }[];
}

function websiteFromApi({ IndexDocument, ErrorDocument, RedirectAllRequestsTo, RoutingRules }: WebsiteOutput): unknown {
  return {
    IndexDocument: IndexDocument?.Suffix,
    ErrorDocument: ErrorDocument?.Key,
    RedirectAllRequestsTo,
    RoutingRules: RoutingRules?.map(({ Redirect, Condition }) => ({
      RedirectRule: Redirect,
      RoutingRuleCondition: Condition,
    })),
  };
}
