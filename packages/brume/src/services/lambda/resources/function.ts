/** AWS::Lambda::Function */
import type { FunctionConfiguration, GetFunctionResponse } from "@aws-sdk/client-lambda";
import { ZipFile } from "yazl";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, same, toBoolean, toNumber, toText } from "../../../kernel/template-values.js";
import { collect } from "../code.js";
import { fromTags, ifThere, toList, toObject, toTags } from "./template-values.js";

/** Fixed, so that the same text makes the same archive. */
const INLINE_TIME = new Date(1980, 0, 1);

/** The code as the API takes it. Text in `ZipFile` becomes the file that inline functions are run from. */
async function codeOf(desired: Properties): Promise<Record<string, unknown>> {
  const code = toObject(desired.Code) ?? {};
  if (code.ZipFile === undefined) {
    const { S3Bucket, S3Key, S3ObjectVersion, ImageUri } = code;
    return { S3Bucket, S3Key, S3ObjectVersion, ImageUri };
  }
  const archive = new ZipFile();
  const name = String(desired.Runtime ?? "").startsWith("python") ? "index.py" : "index.js";
  archive.addBuffer(Buffer.from(String(code.ZipFile)), name, { mtime: INLINE_TIME, mode: 0o100644 });
  archive.end();
  return { ZipFile: await collect(archive.outputStream as never) };
}

/** The configuration as the API takes it; what the template does not say is as it is for a new function. */
function settingsOf(desired: Properties): Record<string, unknown> {
  const environment = toObject(toObject(desired.Environment)?.Variables) ?? {};
  const vpc = toObject(desired.VpcConfig);
  const storage = toNumber(toObject(desired.EphemeralStorage)?.Size);
  const tracing = toText(toObject(desired.TracingConfig)?.Mode);
  const snapStart = toText(toObject(desired.SnapStart)?.ApplyOn);
  return {
    Role: desired.Role,
    Handler: toText(desired.Handler),
    Runtime: toText(desired.Runtime),
    Description: toText(desired.Description) ?? "",
    Timeout: toNumber(desired.Timeout) ?? 3,
    MemorySize: toNumber(desired.MemorySize) ?? 128,
    Environment: {
      Variables: Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, String(value)])),
    },
    VpcConfig: vpc && {
      SubnetIds: toList(vpc.SubnetIds),
      SecurityGroupIds: toList(vpc.SecurityGroupIds),
      Ipv6AllowedForDualStack: toBoolean(vpc.Ipv6AllowedForDualStack),
    },
    DeadLetterConfig: toObject(desired.DeadLetterConfig) ?? {},
    KMSKeyArn: toText(desired.KmsKeyArn) ?? "",
    TracingConfig: { Mode: tracing ?? "PassThrough" },
    Layers: toList(desired.Layers) ?? [],
    FileSystemConfigs: toList(desired.FileSystemConfigs) ?? [],
    EphemeralStorage: { Size: storage ?? 512 },
    SnapStart: { ApplyOn: snapStart ?? "None" },
    LoggingConfig: toObject(desired.LoggingConfig) ?? {},
    ImageConfig: toText(desired.PackageType) === "Image" ? (toObject(desired.ImageConfig) ?? {}) : undefined,
  };
}

const SETTINGS = [
  "Role",
  "Handler",
  "Runtime",
  "Description",
  "Timeout",
  "MemorySize",
  "Environment",
  "VpcConfig",
  "DeadLetterConfig",
  "KmsKeyArn",
  "TracingConfig",
  "Layers",
  "FileSystemConfigs",
  "EphemeralStorage",
  "SnapStart",
  "LoggingConfig",
  "ImageConfig",
];

/** Brings what has operations of its own to what the template says. */
async function applyExtras(
  FunctionName: string,
  desired: Properties,
  previous: Properties,
  ctx: ResourceContext,
): Promise<void> {
  const changed = (name: string) => !same(desired[name], previous[name]);
  if (changed("ReservedConcurrentExecutions")) {
    const ReservedConcurrentExecutions = toNumber(desired.ReservedConcurrentExecutions);
    if (ReservedConcurrentExecutions === undefined)
      await ctx.call("lambda", "DeleteFunctionConcurrency", { FunctionName });
    else await ctx.call("lambda", "PutFunctionConcurrency", { FunctionName, ReservedConcurrentExecutions });
  }
  if (changed("RecursiveLoop")) {
    const RecursiveLoop = toText(desired.RecursiveLoop) ?? "Terminate";
    await ctx.call("lambda", "PutFunctionRecursionConfig", { FunctionName, RecursiveLoop });
  }
  if (changed("RuntimeManagementConfig")) {
    const config = toObject(desired.RuntimeManagementConfig) ?? { UpdateRuntimeOn: "Auto" };
    await ctx.call("lambda", "PutRuntimeManagementConfig", { FunctionName, ...config });
  }
}

const arnOf = (FunctionName: string, ctx: ResourceContext) =>
  `arn:${ctx.partition}:lambda:${ctx.region}:${ctx.account}:function:${FunctionName}`;

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const { FunctionName } = actual;
  const found = await ifThere(ctx.call<GetFunctionResponse>("lambda", "GetFunction", { FunctionName }));
  if (!found) return undefined;
  const { Configuration = {}, Concurrency, Tags } = found;
  const recursion = await ctx.call<{ RecursiveLoop?: string }>("lambda", "GetFunctionRecursionConfig", {
    FunctionName,
  });
  return {
    ...modelOf(Configuration),
    ...defined({
      ReservedConcurrentExecutions: Concurrency?.ReservedConcurrentExecutions,
      RecursiveLoop: recursion.RecursiveLoop,
    }),
    ...fromTags(Tags),
  };
}

function modelOf(configuration: FunctionConfiguration): Properties {
  const { VpcConfig, Environment, SnapStart, DeadLetterConfig } = configuration;
  return defined({
    FunctionName: configuration.FunctionName,
    Arn: configuration.FunctionArn,
    Role: configuration.Role,
    Handler: configuration.Handler,
    Runtime: configuration.Runtime,
    Description: configuration.Description || undefined,
    Timeout: configuration.Timeout,
    MemorySize: configuration.MemorySize,
    PackageType: configuration.PackageType,
    Architectures: configuration.Architectures,
    Environment: Object.keys(Environment?.Variables ?? {}).length > 0 ? Environment : undefined,
    VpcConfig: VpcConfig?.SubnetIds?.length
      ? { SubnetIds: VpcConfig.SubnetIds, SecurityGroupIds: VpcConfig.SecurityGroupIds }
      : undefined,
    DeadLetterConfig: DeadLetterConfig?.TargetArn ? DeadLetterConfig : undefined,
    KmsKeyArn: configuration.KMSKeyArn || undefined,
    TracingConfig: configuration.TracingConfig,
    Layers: configuration.Layers?.length ? configuration.Layers.map(({ Arn }) => Arn) : undefined,
    FileSystemConfigs: configuration.FileSystemConfigs?.length ? configuration.FileSystemConfigs : undefined,
    EphemeralStorage: configuration.EphemeralStorage,
    SnapStart: SnapStart && { ApplyOn: SnapStart.ApplyOn },
    SnapStartResponse: SnapStart,
    LoggingConfig: configuration.LoggingConfig,
    ImageConfig: configuration.ImageConfigResponse?.ImageConfig,
  });
}

async function applyTags(FunctionName: string, desired: Properties, before: Json | undefined, ctx: ResourceContext) {
  const Resource = arnOf(FunctionName, ctx);
  const after = toTags(desired.Tags);
  const TagKeys = Object.keys(toTags(before)).filter((key) => !(key in after));
  if (TagKeys.length > 0) await ctx.call("lambda", "UntagResource", { Resource, TagKeys });
  if (Object.keys(after).length > 0) await ctx.call("lambda", "TagResource", { Resource, Tags: after });
}

export default defineResource({
  async create(desired, ctx) {
    const FunctionName = toText(desired.FunctionName) ?? ctx.physicalName({ maxLength: 64 });
    await ctx.call("lambda", "CreateFunction", {
      FunctionName,
      ...settingsOf(desired),
      Code: await codeOf(desired),
      PackageType: toText(desired.PackageType),
      Architectures: toList(desired.Architectures),
      CodeSigningConfigArn: toText(desired.CodeSigningConfigArn),
      Tags: toTags(desired.Tags),
    });
    try {
      await applyExtras(FunctionName, desired, {}, ctx);
    } catch (error) {
      await ctx.call("lambda", "DeleteFunction", { FunctionName });
      throw error;
    }
    return (await read({ FunctionName }, ctx)) ?? { FunctionName };
  },
  read,
  async update(desired, actual, ctx, previous) {
    const FunctionName = String(actual.FunctionName);
    const inlineMoved = toObject(desired.Code)?.ZipFile !== undefined && !same(desired.Runtime, previous.Runtime);
    if (!same(desired.Code, previous.Code) || !same(desired.Architectures, previous.Architectures) || inlineMoved) {
      const Architectures = toList(desired.Architectures) ?? ["x86_64"];
      await ctx.call("lambda", "UpdateFunctionCode", { FunctionName, Architectures, ...(await codeOf(desired)) });
    }
    if (SETTINGS.some((name) => !same(desired[name], previous[name]))) {
      const settings = settingsOf(desired);
      if (previous.VpcConfig && !desired.VpcConfig) settings.VpcConfig = { SubnetIds: [], SecurityGroupIds: [] };
      await ctx.call("lambda", "UpdateFunctionConfiguration", { FunctionName, ...settings });
    }
    await applyExtras(FunctionName, desired, previous, ctx);
    const CodeSigningConfigArn = toText(desired.CodeSigningConfigArn);
    if (!same(desired.CodeSigningConfigArn, previous.CodeSigningConfigArn)) {
      if (CodeSigningConfigArn === undefined)
        await ctx.call("lambda", "DeleteFunctionCodeSigningConfig", { FunctionName });
      else await ctx.call("lambda", "PutFunctionCodeSigningConfig", { FunctionName, CodeSigningConfigArn });
    }
    await applyTags(FunctionName, desired, actual.Tags, ctx);
    return (await read({ FunctionName }, ctx)) ?? { FunctionName };
  },
  async delete({ FunctionName }, ctx) {
    await ifThere(ctx.call("lambda", "DeleteFunction", { FunctionName }));
  },
  async list(ctx) {
    const models: Properties[] = [];
    let Marker: string | undefined;
    do {
      const page = await ctx.call<{ Functions?: FunctionConfiguration[]; NextMarker?: string }>(
        "lambda",
        "ListFunctions",
        { Marker },
      );
      for (const { FunctionName = "" } of page.Functions ?? []) models.push({ FunctionName });
      Marker = page.NextMarker;
    } while (Marker);
    return models;
  },
});
