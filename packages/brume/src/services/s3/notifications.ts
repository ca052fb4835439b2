/** Event notifications: which of a bucket's rules an event meets, what it says, and its delivery. */
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomHex } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import type { Bucket } from "./bucket.js";
import type { ObjectVersion, S3 } from "./object.js";
import { bucketArn, configuration, configure, getBucket } from "./tables.js";

interface Rule {
  readonly Id?: string | undefined;
  readonly Events?: readonly string[] | undefined;
  readonly Filter?: { Key?: { FilterRules?: readonly { Name?: string; Value?: string }[] | undefined } | undefined };
  readonly QueueArn?: string | undefined;
  readonly TopicArn?: string | undefined;
  readonly LambdaFunctionArn?: string | undefined;
}
interface NotificationConfiguration {
  readonly QueueConfigurations?: readonly Rule[] | undefined;
  readonly TopicConfigurations?: readonly Rule[] | undefined;
  readonly LambdaFunctionConfigurations?: readonly Rule[] | undefined;
  readonly EventBridgeConfiguration?: object | undefined;
}

const KIND = "notification";
const REGION_OF_GLOBAL = "us-east-1";

/** What a delivery timer carries. */
interface Delivery {
  readonly target: string;
  readonly message: string;
}

function rulesOf(document: NotificationConfiguration | undefined): Rule[] {
  if (!document) return [];
  const { QueueConfigurations = [], TopicConfigurations = [], LambdaFunctionConfigurations = [] } = document;
  return [...QueueConfigurations, ...TopicConfigurations, ...LambdaFunctionConfigurations];
}

const targetOf = (rule: Rule) => rule.QueueArn ?? rule.TopicArn ?? rule.LambdaFunctionArn ?? "";

function wants(rule: Rule, event: string, key: string): boolean {
  const named = rule.Events?.some((name) => {
    const pattern = name.replace(/^s3:/, "");
    return pattern === event || (pattern.endsWith("*") && event.startsWith(pattern.slice(0, -1)));
  });
  if (!named) return false;
  return (rule.Filter?.Key?.FilterRules ?? []).every(({ Name = "", Value = "" }) =>
    Name.toLowerCase() === "suffix" ? key.endsWith(Value) : key.startsWith(Value),
  );
}

/** Tells whoever the bucket's configuration names, once what was written is committed. `event` lacks its `s3:`. */
export function announce(ctx: Context, bucket: Bucket, event: string, version: ObjectVersion): void {
  const document = configuration<NotificationConfiguration>(ctx, bucket.name, KIND);
  for (const rule of rulesOf(document)) {
    if (!wants(rule, event, version.key)) continue;
    const message = JSON.stringify({ Records: [recordOf(ctx, bucket, event, version, rule.Id ?? "")] });
    const payload: Delivery = { target: targetOf(rule), message };
    ctx.schedule({ at: ctx.now(), kind: "deliver notification", payload });
  }
}

/** One record of an event message. See "Event message structure" in the S3 User Guide. */
function recordOf(ctx: Context, bucket: Bucket, event: string, version: ObjectVersion, configurationId: string) {
  const removed = /^(ObjectRemoved|LifecycleExpiration)/.test(event);
  return {
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: bucket.region,
    eventTime: new Date(ctx.now()).toISOString(),
    eventName: event,
    userIdentity: { principalId: `AWS:${ctx.principal.userId}` },
    requestParameters: { sourceIPAddress: "127.0.0.1" },
    responseElements: { "x-amz-request-id": ctx.requestId, "x-amz-id-2": ctx.requestId },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId,
      bucket: {
        name: bucket.name,
        ownerIdentity: { principalId: bucket.account },
        arn: bucketArn(ctx, bucket.name),
      },
      object: {
        key: encodeURIComponent(version.key).replaceAll("%20", "+").replaceAll("%2F", "/"),
        ...(removed && !version.deleteMarker ? {} : { size: removed ? undefined : version.size }),
        ...(removed && !version.deleteMarker ? {} : { eTag: version.deleteMarker ? EMPTY_MD5 : version.etag }),
        ...(bucket.versioning ? { versionId: version.versionId } : {}),
        sequencer: version.sequence.toString(16).toUpperCase().padStart(18, "0"),
      },
    },
  };
}

const EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e";

/** The timer that delivers one message, as S3 itself. */
export async function deliverNotification({ target, message }: Delivery, ctx: Context): Promise<void> {
  const arn = parseArn(target);
  if (!arn) return;
  const options = { account: arn.account, region: arn.region || REGION_OF_GLOBAL };
  if (arn.service === "sqs") {
    const QueueUrl = `${ctx.cloud.endpoint}/${arn.account}/${arn.resource}`;
    await ctx.call("sqs", "SendMessage", { QueueUrl, MessageBody: message }, options);
  } else if (arn.service === "sns") {
    const input = { TopicArn: target, Subject: "Amazon S3 Notification", Message: message };
    await ctx.call("sns", "Publish", input, options);
  } else {
    const input = { FunctionName: target, InvocationType: "Event", Payload: Buffer.from(message) };
    await ctx.call("lambda", "Invoke", input, options);
  }
}

export const getBucketNotificationConfiguration: Handler<S3, "GetBucketNotificationConfiguration"> = (input, ctx) =>
  configuration(ctx, getBucket(ctx, input).name, KIND) ?? {};

export const putBucketNotificationConfiguration: Handler<S3, "PutBucketNotificationConfiguration"> = async (
  input,
  ctx,
) => {
  const { name } = getBucket(ctx, input);
  const given: NotificationConfiguration = input.NotificationConfiguration ?? {};
  const document = withIds(given);
  checkRules(rulesOf(document));
  if (!input.SkipDestinationValidation) {
    const known = new Set(rulesOf(configuration(ctx, name, KIND)).map(targetOf));
    for (const target of new Set(rulesOf(document).map(targetOf))) {
      if (!known.has(target)) await tryDestination(ctx, name, target);
    }
  }
  configure(ctx, getBucket(ctx, input).name, KIND, document);
  return {};
};

function withIds(given: NotificationConfiguration): NotificationConfiguration {
  const named = (rules: readonly Rule[] | undefined) =>
    rules?.map((rule) => ({ ...rule, Id: rule.Id ?? randomHex(32) }));
  const { QueueConfigurations, TopicConfigurations, LambdaFunctionConfigurations, EventBridgeConfiguration } = given;
  return {
    QueueConfigurations: named(QueueConfigurations),
    TopicConfigurations: named(TopicConfigurations),
    LambdaFunctionConfigurations: named(LambdaFunctionConfigurations),
    EventBridgeConfiguration,
  };
}

const EVENT =
  /^s3:(ReducedRedundancyLostObject|TestEvent|ObjectCreated:(\*|Put|Post|Copy|CompleteMultipartUpload)|ObjectRemoved:(\*|Delete|DeleteMarkerCreated)|ObjectRestore:(\*|Post|Completed|Delete)|Replication:(\*|Operation\w+)|LifecycleTransition|IntelligentTiering|ObjectAcl:Put|LifecycleExpiration:(\*|Delete|DeleteMarkerCreated)|ObjectTagging:(\*|Put|Delete)|ObjectAnnotation:.*)$/;

function checkRules(rules: readonly Rule[]): void {
  for (const [index, rule] of rules.entries()) {
    if (!parseArn(targetOf(rule))) throw invalid("The ARN could not be parsed");
    for (const event of rule.Events ?? []) {
      if (!EVENT.test(event)) throw invalid("The event is not supported for notifications");
    }
    for (const { Name = "" } of rule.Filter?.Key?.FilterRules ?? []) {
      if (!/^(prefix|suffix)$/i.test(Name)) throw invalid("filter rule name must be either prefix or suffix");
    }
    if (rules.slice(0, index).some((other) => overlaps(other, rule))) {
      throw invalid(
        "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.",
      );
    }
  }
}

/** Whether an event on some key could meet both rules: S3 takes no such pair. */
function overlaps(a: Rule, b: Rule): boolean {
  const events = (rule: Rule) => (rule.Events ?? []).map((event) => event.replace(/\*$/, ""));
  const same = events(a).some((one) => events(b).some((other) => one.startsWith(other) || other.startsWith(one)));
  if (!same) return false;
  const [prefixA, prefixB] = [filterOf(a, "prefix"), filterOf(b, "prefix")];
  const [suffixA, suffixB] = [filterOf(a, "suffix"), filterOf(b, "suffix")];
  const prefixes = prefixA.startsWith(prefixB) || prefixB.startsWith(prefixA);
  return prefixes && (suffixA.endsWith(suffixB) || suffixB.endsWith(suffixA));
}

function filterOf(rule: Rule, name: string): string {
  return rule.Filter?.Key?.FilterRules?.find(({ Name }) => Name?.toLowerCase() === name)?.Value ?? "";
}

const invalid = (message: string) => new AwsError("InvalidArgument", message, { status: 400 });

/** Sends the test event that S3 sends to a new destination, or asks whether a function could be invoked. */
async function tryDestination(ctx: Context, bucket: string, target: string): Promise<void> {
  const message = JSON.stringify({
    Service: "Amazon S3",
    Event: "s3:TestEvent",
    Time: new Date(ctx.now()).toISOString(),
    Bucket: bucket,
    RequestId: ctx.requestId,
    HostId: ctx.requestId,
  });
  const principal = {
    type: "service" as const,
    account: ctx.account,
    arn: "s3.amazonaws.com",
    userId: "s3.amazonaws.com",
  };
  const asService = ctx.as({ account: ctx.account, region: ctx.region, principal });
  try {
    if (parseArn(target)?.service === "lambda") {
      await asService.call("lambda", "Invoke", { FunctionName: target, InvocationType: "DryRun" });
    } else await deliverNotification({ target, message }, asService);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError("InvalidArgument", "Unable to validate the following destination configurations", {
      members: { ArgumentName1: target, ArgumentValue1: error.message },
      status: 400,
      cause: error,
    });
  }
}
