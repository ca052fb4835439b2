/** The operations on layers and their policies. See the Lambda API Reference. */
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { codeLocation, storeCode } from "./code.js";
import { timestamp } from "./configuration.js";
import { checkRevision, conflict, notFound, validationError } from "./names.js";
import { page } from "./paging.js";
import { policyDocument } from "./permissions.js";
import { type LayerVersionRow, layerPolicies, layers, layerVersions, type Policy } from "./tables.js";

type Lambda = typeof import("@aws-sdk/client-lambda");

interface LayerName {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

const layerArn = (ctx: Context, { account, region, name }: LayerName) =>
  ctx.arn(`layer:${name}`, "lambda", { account, region });
const layerVersionArn = (ctx: Context, name: LayerName, version: number | undefined) =>
  `${layerArn(ctx, name)}:${version}`;

/** Reads a layer's name or ARN. @throws AwsError `ValidationException` */
function parseLayerName(ctx: Context, text = ""): LayerName {
  const { account, region } = ctx;
  if (/^[a-zA-Z0-9-_]{1,140}$/.test(text)) return { account, region, name: text };
  const arn = parseArn(text);
  const [, name] = /^layer:([a-zA-Z0-9-_]+)$/.exec(arn?.resource ?? "") ?? [];
  if (arn && name) return { account: arn.account, region: arn.region, name };
  throw validationError(
    text,
    "layerName",
    "Member must satisfy regular expression pattern: (arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+",
  );
}

/** The ARN of the layer (and version) that an input names, for authorization. */
export function layerOf(
  input: { LayerName?: string | undefined; VersionNumber?: number | undefined },
  ctx: Context,
): string {
  const name = parseLayerName(ctx, input.LayerName);
  return input.VersionNumber === undefined ? layerArn(ctx, name) : layerVersionArn(ctx, name, input.VersionNumber);
}

function getLayer(ctx: Context, text: string | undefined, version: number | undefined) {
  const name = parseLayerName(ctx, text);
  const row = ctx.table(layerVersions, name).get(name.name, version ?? 0);
  if (!row) throw notFound("The resource you requested does not exist.");
  return { name, row };
}

export const publishLayerVersion: Handler<Lambda, "PublishLayerVersion"> = async (input, ctx) => {
  const name = parseLayerName(ctx, input.LayerName);
  if (!input.Content) throw validationError("null", "content", "Member must not be null");
  if ((input.CompatibleRuntimes?.length ?? 0) > 15) {
    throw validationError(
      input.CompatibleRuntimes,
      "compatibleRuntimes",
      "Member must have length less than or equal to 15",
    );
  }
  const code = await storeCode(ctx, input.Content, "PublishLayerVersion");
  const Version = (ctx.table(layers, name).get(name.name)?.last ?? 0) + 1;
  const row: LayerVersionRow = {
    name: name.name,
    LayerArn: layerArn(ctx, name),
    LayerVersionArn: layerVersionArn(ctx, name, Version),
    Version,
    Description: input.Description ?? "",
    CreatedDate: timestamp(ctx.now()),
    CompatibleRuntimes: input.CompatibleRuntimes,
    CompatibleArchitectures: input.CompatibleArchitectures,
    LicenseInfo: input.LicenseInfo,
    Content: { CodeSha256: code.sha256, CodeSize: code.bytes },
    codeHash: code.hash,
  };
  ctx.table(layers, name).put([name.name], { name: name.name, last: Version });
  ctx.table(layerVersions, name).put([name.name, Version], row);
  return shown(ctx, row);
};

function shown(ctx: Context, { codeHash, name: _, ...row }: LayerVersionRow) {
  return { ...row, Content: { ...row.Content, Location: codeLocation(ctx.cloud, codeHash) } };
}

export const getLayerVersion: Handler<Lambda, "GetLayerVersion"> = (input, ctx) =>
  shown(ctx, getLayer(ctx, input.LayerName, input.VersionNumber).row);

export const getLayerVersionByArn: Handler<Lambda, "GetLayerVersionByArn"> = (input, ctx) => {
  const [, arn, version] = /^(.*):(\d+)$/.exec(input.Arn ?? "") ?? [];
  if (!arn) throw validationError(input.Arn, "arn", "Member must be the ARN of a layer version");
  return shown(ctx, getLayer(ctx, arn, Number(version)).row);
};

export const deleteLayerVersion: Handler<Lambda, "DeleteLayerVersion"> = (input, ctx) => {
  const name = parseLayerName(ctx, input.LayerName);
  ctx.table(layerVersions, name).delete(name.name, input.VersionNumber ?? 0);
  ctx.table(layerPolicies, name).delete(name.name, input.VersionNumber ?? 0);
  return {};
};

const summary = ({ codeHash: _, name: __, Content: ___, ...row }: LayerVersionRow) => row;

interface Compatible {
  readonly CompatibleRuntime?: string | undefined;
  readonly CompatibleArchitecture?: string | undefined;
}

function isCompatible(row: LayerVersionRow, { CompatibleRuntime, CompatibleArchitecture }: Compatible): boolean {
  const has = (list: readonly string[] | undefined, wanted: string | undefined) =>
    !wanted || list?.includes(wanted) === true;
  return has(row.CompatibleRuntimes, CompatibleRuntime) && has(row.CompatibleArchitectures, CompatibleArchitecture);
}

export const listLayerVersions: Handler<Lambda, "ListLayerVersions"> = (input, ctx) => {
  const name = parseLayerName(ctx, input.LayerName);
  const { items, NextMarker } = page(
    ctx.table(layerVersions, name),
    input,
    (row) => (isCompatible(row, input) ? summary(row) : undefined),
    { prefix: [name.name], reverse: true },
  );
  return { LayerVersions: items, NextMarker };
};

export const listLayers: Handler<Lambda, "ListLayers"> = (input, ctx) => {
  const { items, NextMarker } = page(ctx.table(layers), input, ({ name }) => {
    const latest = ctx
      .table(layerVersions)
      .rows({ prefix: [name], reverse: true })
      .find((row) => isCompatible(row, input));
    return latest && { LayerName: name, LayerArn: latest.LayerArn, LatestMatchingVersion: summary(latest) };
  });
  return { Layers: items, NextMarker };
};

const policyOf = (ctx: Context, name: LayerName, version: number): Policy | undefined =>
  ctx.table(layerPolicies, name).get(name.name, version);

export const addLayerVersionPermission: Handler<Lambda, "AddLayerVersionPermission"> = (input, ctx) => {
  const { name, row } = getLayer(ctx, input.LayerName, input.VersionNumber);
  const { StatementId = "", Action, Principal = "", OrganizationId } = input;
  if (!/^[a-zA-Z0-9-_]{1,100}$/.test(StatementId)) {
    throw validationError(
      StatementId,
      "statementId",
      "Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)",
    );
  }
  if (Action !== "lambda:GetLayerVersion") {
    throw validationError(Action, "action", "Member must satisfy regular expression pattern: lambda:GetLayerVersion");
  }
  if (!/^(\d{12}|\*|arn:(aws[a-zA-Z-]*):iam::\d{12}:root)$/.test(Principal)) {
    throw validationError(
      Principal,
      "principal",
      "Member must satisfy regular expression pattern: \\d{12}|\\*|arn:(aws[a-zA-Z-]*):iam::\\d{12}:root",
    );
  }
  const policy = policyOf(ctx, name, row.Version);
  checkRevision(input.RevisionId, policy?.revisionId, "GetLayerVersionPolicy");
  if (policy?.statements.some(({ Sid }) => Sid === StatementId)) {
    throw conflict(
      `The statement id (${StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
    );
  }
  const statement = {
    Sid: StatementId,
    Effect: "Allow",
    Principal: /^\d{12}$/.test(Principal)
      ? { AWS: `arn:${ctx.partition}:iam::${Principal}:root` }
      : Principal === "*"
        ? "*"
        : { AWS: Principal },
    Action,
    Resource: row.LayerVersionArn,
    ...(OrganizationId ? { Condition: { StringEquals: { "aws:PrincipalOrgID": OrganizationId } } } : {}),
  };
  const revisionId = uuid();
  ctx
    .table(layerPolicies, name)
    .put([name.name, row.Version], { revisionId, statements: [...(policy?.statements ?? []), statement] });
  return { Statement: JSON.stringify(statement), RevisionId: revisionId };
};

export const removeLayerVersionPermission: Handler<Lambda, "RemoveLayerVersionPermission"> = (input, ctx) => {
  const { name, row } = getLayer(ctx, input.LayerName, input.VersionNumber);
  const policy = policyOf(ctx, name, row.Version);
  const statements = policy?.statements.filter(({ Sid }) => Sid !== input.StatementId) ?? [];
  if (!policy || statements.length === policy.statements.length) {
    throw notFound(`Statement ${input.StatementId} is not found in resource policy.`);
  }
  checkRevision(input.RevisionId, policy.revisionId, "GetLayerVersionPolicy");
  const table = ctx.table(layerPolicies, name);
  if (statements.length === 0) table.delete(name.name, row.Version);
  else table.put([name.name, row.Version], { revisionId: uuid(), statements });
  return {};
};

export const getLayerVersionPolicy: Handler<Lambda, "GetLayerVersionPolicy"> = (input, ctx) => {
  const { name, row } = getLayer(ctx, input.LayerName, input.VersionNumber);
  const policy = policyOf(ctx, name, row.Version);
  if (!policy)
    throw new AwsError("ResourceNotFoundException", "No policy is associated with the given resource.", {
      members: { Type: "User" },
    });
  return { Policy: policyDocument(policy), RevisionId: policy.revisionId };
};
