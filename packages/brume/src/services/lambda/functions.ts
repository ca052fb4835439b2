/** The operations on functions: create, read, update, delete. See the Lambda API Reference. */
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import type { Context } from "../../kernel/context.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { type CodeInput, codeLocation, type StoredCode, storeCode } from "./code.js";
import { applySettings, checkSettings, timestamp } from "./configuration.js";
import { type FunctionImage, storeImage } from "./image.js";
import { invoker } from "./invoker.js";
import {
  checkRevision,
  conflict,
  functionArn,
  getFunctionRow,
  getVersion,
  invalidParameter,
  parseFunctionName,
  validationError,
} from "./names.js";
import { page } from "./paging.js";
import {
  aliases,
  type Configuration,
  eventInvokeConfigs,
  type FunctionRow,
  type FunctionVersion,
  functions,
  policies,
  provisionedConcurrency,
  runtimeManagement,
  urlConfigs,
  urls,
  versions,
} from "./tables.js";
import { checkTags } from "./tags.js";
import { publish } from "./versions.js";

type Lambda = typeof import("@aws-sdk/client-lambda");

/** A configuration as the API shows it; `FunctionArn` names the version where the request did. */
export function describe(version: FunctionVersion, arn = version.configuration.FunctionArn): FunctionConfiguration {
  return { ...version.configuration, FunctionArn: arn };
}

/** @throws AwsError for what functions of images have in their image */
function checkImageSettings({ Handler, Runtime, Layers = [] }: Partial<FunctionSettings>): void {
  if (Handler !== undefined || Runtime !== undefined || Layers.length > 0) {
    throw invalidParameter(
      "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.",
    );
  }
}

interface FunctionSettings {
  Handler: string | undefined;
  Runtime: string | undefined;
  Layers: string[] | undefined;
}

/** Fetches a function's code, as its package type has it. @throws AwsError `InvalidParameterValueException` */
async function storeSource(
  ctx: Context,
  input: CodeInput & { ImageUri?: string | undefined },
  packageType: string,
  operation: "CreateFunction" | "UpdateFunctionCode",
): Promise<{ code: StoredCode; image?: FunctionImage }> {
  const doing = `${operation === "CreateFunction" ? "creating" : "updating"} a function with packageType ${packageType}`;
  if (packageType === "Image") {
    if (!input.ImageUri) throw invalidParameter(`Please provide ImageUri when ${doing}.`);
    return storeImage(ctx, input.ImageUri);
  }
  if (input.ImageUri !== undefined) throw invalidParameter(`Please don't provide ImageUri when ${doing}.`);
  return { code: await storeCode(ctx, input, operation) };
}

export const createFunction: Handler<Lambda, "CreateFunction"> = async (input, ctx) => {
  const name = parseFunctionName(ctx, input.FunctionName);
  if (name.name.length > 64)
    throw validationError(name.name, "functionName", "Member must have length less than or equal to 64");
  if (!input.Role) throw validationError("null", "role", "Member must not be null");
  if (!input.Code) throw validationError("null", "code", "Member must not be null");
  checkSettings(input);
  const PackageType = input.PackageType ?? "Zip";
  if (PackageType === "Image") checkImageSettings(input);
  else if (!input.Runtime || !input.Handler) {
    throw invalidParameter(
      "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
    );
  }
  const tags = checkTags({}, input.Tags ?? {});
  const taken = () => {
    if (ctx.table(functions).has(name.name)) throw conflict(`Function already exist: ${name.name}`);
  };
  taken();
  const { code, image } = await storeSource(ctx, input.Code, PackageType, "CreateFunction");
  taken();
  const initial: Configuration = {
    FunctionName: name.name,
    FunctionArn: functionArn(ctx, { ...name, qualifier: undefined }),
    Version: "$LATEST",
    Role: input.Role,
    Description: "",
    Timeout: 3,
    MemorySize: 128,
    CodeSize: code.bytes,
    CodeSha256: code.sha256,
    LastModified: timestamp(ctx.now()),
    RevisionId: uuid(),
    State: "Active",
    LastUpdateStatus: "Successful",
    PackageType,
    Architectures: input.Architectures ?? ["x86_64"],
    EphemeralStorage: { Size: 512 },
    TracingConfig: { Mode: "PassThrough" },
    SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
    LoggingConfig: { LogFormat: "Text", LogGroup: `/aws/lambda/${name.name}` },
    ...(image
      ? {}
      : {
          RuntimeVersionConfig: {
            RuntimeVersionArn: `arn:${ctx.partition}:lambda:${ctx.region}::runtime:${code.hash}`,
          },
        }),
  };
  const row: FunctionRow = {
    name: name.name,
    configuration: applySettings(ctx, initial, input),
    codeHash: code.hash,
    image,
    nextVersion: 1,
    tags,
    codeSigningConfigArn: input.CodeSigningConfigArn,
  };
  ctx.table(functions).put([name.name], row);
  ctx.memory(invoker).prepare(ctx, row);
  if (!input.Publish) return describe(row);
  return describe(publish(ctx, { name, row }));
};

export const getFunction: Handler<Lambda, "GetFunction"> = (input, ctx) => {
  const { name, row, version } = getVersion(ctx, input.FunctionName, input.Qualifier);
  const { tags, reservedConcurrency } = row;
  return {
    Configuration: describe(version, functionArn(ctx, name)),
    Code: version.image
      ? { RepositoryType: "ECR", ImageUri: version.image.uri, ResolvedImageUri: version.image.resolvedUri }
      : { RepositoryType: "S3", Location: codeLocation(ctx.cloud, version.codeHash) },
    ...(Object.keys(tags).length > 0 ? { Tags: { ...tags } } : {}),
    ...(reservedConcurrency === undefined
      ? {}
      : { Concurrency: { ReservedConcurrentExecutions: reservedConcurrency } }),
  };
};

export const getFunctionConfiguration: Handler<Lambda, "GetFunctionConfiguration"> = (input, ctx) => {
  const { name, version } = getVersion(ctx, input.FunctionName, input.Qualifier);
  return describe(version, functionArn(ctx, name));
};

export const listFunctions: Handler<Lambda, "ListFunctions"> = (input, ctx) => {
  const qualified = input.FunctionVersion === "ALL";
  const { items, NextMarker } = page(ctx.table(functions), input, (row) => row);
  const Functions = items.flatMap((row) => [
    describe(row, qualified ? `${row.configuration.FunctionArn}:$LATEST` : undefined),
    ...(qualified
      ? ctx
          .table(versions)
          .rows({ prefix: [row.name] })
          .map((version) => describe(version))
      : []),
  ]);
  return { Functions, NextMarker };
};

/** Replaces the latest version's row, and ends the environments that run the version it was. */
function replace(ctx: Context, row: FunctionRow, configuration: Configuration): FunctionRow {
  const next = {
    ...row,
    configuration: { ...configuration, RevisionId: uuid(), LastModified: timestamp(ctx.now()) },
  };
  const { account, region } = parseFunctionName(ctx, configuration.FunctionArn);
  ctx.table(functions, { account, region }).put([row.name], next);
  ctx.memory(invoker).retire({ account, region, name: row.name }, "$LATEST");
  return next;
}

export const updateFunctionCode: Handler<Lambda, "UpdateFunctionCode"> = async (input, ctx) => {
  const before = getFunctionRow(ctx, input.FunctionName);
  checkRevision(input.RevisionId, before.row.configuration.RevisionId);
  const { PackageType = "Zip" } = before.row.configuration;
  const { code, image } = await storeSource(ctx, input, PackageType, "UpdateFunctionCode");
  const { name, row } = getFunctionRow(ctx, input.FunctionName);
  checkRevision(input.RevisionId, row.configuration.RevisionId);
  const configuration = {
    ...row.configuration,
    CodeSize: code.bytes,
    CodeSha256: code.sha256,
    ...(input.Architectures ? { Architectures: input.Architectures } : {}),
  };
  if (input.DryRun) return describe({ configuration, codeHash: code.hash, image });
  const next = replace(ctx, { ...row, codeHash: code.hash, image }, configuration);
  ctx.memory(invoker).prepare(ctx, next);
  return describe(input.Publish ? publish(ctx, { name, row: next }) : next);
};

export const updateFunctionConfiguration: Handler<Lambda, "UpdateFunctionConfiguration"> = (input, ctx) => {
  const { row } = getFunctionRow(ctx, input.FunctionName);
  checkSettings(input);
  if (row.image) checkImageSettings(input);
  checkRevision(input.RevisionId, row.configuration.RevisionId);
  return describe(replace(ctx, row, applySettings(ctx, row.configuration, input)));
};

/** Tables whose rows belong to a function: the first part of their keys is its name. */
const BELONGINGS = [
  versions,
  aliases,
  policies,
  urlConfigs,
  eventInvokeConfigs,
  provisionedConcurrency,
  runtimeManagement,
];

export const deleteFunction: Handler<Lambda, "DeleteFunction"> = (input, ctx) => {
  const { name, row } = getFunctionRow(ctx, input.FunctionName, input.Qualifier);
  const { qualifier } = name;
  if (qualifier !== undefined) {
    if (!/^\d+$/.test(qualifier)) {
      throw invalidParameter(
        qualifier === "$LATEST"
          ? "$LATEST version cannot be deleted without deleting the function."
          : "Deletion of aliases is not currently supported.",
      );
    }
    const users = ctx
      .table(aliases, name)
      .rows({ prefix: [row.name] })
      .filter((one) => one.FunctionVersion === qualifier);
    if (users.length > 0) {
      throw conflict(
        `Version ${qualifier} is currently referenced by aliases [${users.map((one) => one.Name).join(", ")}]. Please remove all references before deleting the version.`,
      );
    }
    ctx.table(versions, name).delete(row.name, Number(qualifier));
    ctx.memory(invoker).retire(name, qualifier);
    return { StatusCode: 204 };
  }
  for (const { urlId } of ctx.table(urlConfigs, name).rows({ prefix: [row.name] })) ctx.table(urls).delete(urlId);
  for (const table of BELONGINGS) ctx.table<unknown>(table, name).clear({ prefix: [row.name] });
  ctx.table(functions, name).delete(row.name);
  ctx.memory(invoker).retire(name);
  return { StatusCode: 204 };
};
