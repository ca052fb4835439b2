/** The operations on platform applications and their endpoints: apps on devices, whose pushes go to the outbox. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { page } from "./paging.js";
import { parseSnsArn } from "./tables.js";
import { invalid } from "./topic.js";

type Sns = typeof import("@aws-sdk/client-sns");
type Attributes = Readonly<Record<string, string>>;

interface Application {
  readonly arn: string;
  readonly attributes: Attributes;
}
interface DeviceEndpoint {
  readonly arn: string;
  /** `Token`, `Enabled` and `CustomUserData` among them. */
  readonly attributes: Attributes;
}

/** [platform, name] */
const applications = defineTable<Application>("sns/platform-applications");
/** [platform, name, id] */
const endpoints = defineTable<DeviceEndpoint>("sns/platform-endpoints");

const PLATFORMS = [
  "ADM",
  "APNS",
  "APNS_SANDBOX",
  "APNS_VOIP",
  "APNS_VOIP_SANDBOX",
  "BAIDU",
  "FCM",
  "GCM",
  "MACOS",
  "MACOS_SANDBOX",
  "WNS",
  "MPNS",
];
const SETTABLE = new Set(["CustomUserData", "Enabled", "Token"]);
/** What an application is asked for, and never shows. */
const SECRET = new Set(["PlatformCredential", "PlatformPrincipal"]);
const MAX_USER_DATA = 2048;

/** The platform of an app on a device, by its ARN: also the name of its text in a message for many protocols. */
export const platformOf = (arn: string): string => arn.split("/")[1] ?? "";

/** What an ARN names of a kind: platform, name, and the id of an endpoint. @throws AwsError `InvalidParameter` */
function partsOf(arn: string | undefined, parameter: string, kind: "app" | "endpoint") {
  const parsed = parseSnsArn(arn, parameter);
  const [found, platform = "", name = "", id = "", ...more] = parsed.resource.split("/");
  if (found !== kind || more.length > 0 || name === "" || (kind === "endpoint") !== (id !== ""))
    throw invalid(`${parameter} Reason: Wrong number of slashes in relative portion of the ARN.`);
  const { account, region } = parsed;
  return { platform, name, id, scope: { account, region } };
}

function getApplication(ctx: Context, arn: string | undefined): Application {
  const { platform, name, scope } = partsOf(arn, "PlatformApplicationArn", "app");
  const application = ctx.table(applications, scope).get(platform, name);
  if (!application) throw new AwsError("NotFoundException", "PlatformApplication does not exist");
  return application;
}

export const createPlatformApplication: Handler<Sns, "CreatePlatformApplication"> = (input, ctx) => {
  const { Name: name = "", Platform: platform = "" } = input;
  if (!/^[A-Za-z0-9_.-]{1,256}$/.test(name)) throw invalid("Name");
  if (!PLATFORMS.includes(platform)) throw invalid(`Platform Reason: ${platform} is not supported`);
  const attributes = (input.Attributes ?? {}) as Attributes;
  if (!attributes.PlatformCredential) throw invalid("Attributes Reason: PlatformCredential is required");
  const arn = ctx.arn(`app/${platform}/${name}`, "sns");
  const existing = ctx.table(applications).get(platform, name);
  if (existing && !isSame(existing.attributes, attributes))
    throw invalid("Attributes Reason: Platform application already exists with different attributes");
  ctx.table(applications).put([platform, name], { arn, attributes: { Enabled: "true", ...attributes } });
  return { PlatformApplicationArn: arn };
};

/** Whether what is given is what is there; what is not given may be anything. */
const isSame = (existing: Attributes, given: Attributes): boolean =>
  Object.entries(given).every(([name, value]) => existing[name] === value);

export const setPlatformApplicationAttributes: Handler<Sns, "SetPlatformApplicationAttributes"> = (input, ctx) => {
  const { arn, attributes } = getApplication(ctx, input.PlatformApplicationArn);
  const { platform, name, scope } = partsOf(arn, "PlatformApplicationArn", "app");
  const set = (input.Attributes ?? {}) as Attributes;
  ctx.table(applications, scope).put([platform, name], { arn, attributes: { ...attributes, ...set } });
  return {};
};

const shown = (attributes: Attributes): Record<string, string> =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => !SECRET.has(name)));

export const getPlatformApplicationAttributes: Handler<Sns, "GetPlatformApplicationAttributes"> = (input, ctx) => ({
  Attributes: shown(getApplication(ctx, input.PlatformApplicationArn).attributes),
});

export const listPlatformApplications: Handler<Sns, "ListPlatformApplications"> = (input, ctx) => {
  const { items, NextToken } = page(ctx.table(applications).rows(), input.NextToken);
  return {
    PlatformApplications: items.map(({ arn, attributes }) => ({
      PlatformApplicationArn: arn,
      Attributes: shown(attributes),
    })),
    NextToken,
  };
};

export const deletePlatformApplication: Handler<Sns, "DeletePlatformApplication"> = (input, ctx) => {
  const { platform, name, scope } = partsOf(input.PlatformApplicationArn, "PlatformApplicationArn", "app");
  ctx.table(applications, scope).delete(platform, name);
  ctx.table(endpoints, scope).clear({ prefix: [platform, name] });
  return {};
};

export const createPlatformEndpoint: Handler<Sns, "CreatePlatformEndpoint"> = (input, ctx) => {
  const application = getApplication(ctx, input.PlatformApplicationArn);
  const { platform, name, scope } = partsOf(application.arn, "PlatformApplicationArn", "app");
  const { Token, CustomUserData } = input;
  if (!Token) throw invalid("Token Reason: empty value");
  const given = { ...(CustomUserData ? { CustomUserData } : {}), ...((input.Attributes ?? {}) as Attributes) };
  checkEndpointAttributes(given);
  const table = ctx.table(endpoints, scope);
  const existing = table.rows({ prefix: [platform, name] }).find(({ attributes }) => attributes.Token === Token);
  if (existing) {
    if (isSame(existing.attributes, given)) return { EndpointArn: existing.arn };
    throw invalid(
      `Token Reason: Endpoint ${existing.arn} already exists with the same Token, but different attributes.`,
    );
  }
  const id = uuid();
  const EndpointArn = ctx.arn(`endpoint/${platform}/${name}/${id}`, "sns", scope);
  table.put([platform, name, id], { arn: EndpointArn, attributes: { Enabled: "true", ...given, Token } });
  return { EndpointArn };
};

function checkEndpointAttributes(attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (!SETTABLE.has(name)) throw invalid(`Attributes Reason: Invalid attribute name: ${name}`);
    if (name === "Enabled" && !/^(true|false)$/i.test(value))
      throw invalid("Attributes Reason: Invalid value for attribute: Enabled: must be true or false");
    if (name === "CustomUserData" && Buffer.byteLength(value) > MAX_USER_DATA)
      throw invalid(
        "Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 encoding",
      );
  }
}

function getEndpoint(ctx: Context, arn: string | undefined, parameter = "EndpointArn"): DeviceEndpoint {
  const { platform, name, id, scope } = partsOf(arn, parameter, "endpoint");
  const endpoint = ctx.table(endpoints, scope).get(platform, name, id);
  if (!endpoint) throw new AwsError("NotFoundException", "Endpoint does not exist");
  return endpoint;
}

export const getEndpointAttributes: Handler<Sns, "GetEndpointAttributes"> = (input, ctx) => ({
  Attributes: { ...getEndpoint(ctx, input.EndpointArn).attributes },
});

export const setEndpointAttributes: Handler<Sns, "SetEndpointAttributes"> = (input, ctx) => {
  const { arn, attributes } = getEndpoint(ctx, input.EndpointArn);
  const set = (input.Attributes ?? {}) as Attributes;
  checkEndpointAttributes(set);
  const { platform, name, id, scope } = partsOf(arn, "EndpointArn", "endpoint");
  ctx.table(endpoints, scope).put([platform, name, id], { arn, attributes: { ...attributes, ...set } });
  return {};
};

export const deleteEndpoint: Handler<Sns, "DeleteEndpoint"> = (input, ctx) => {
  const { platform, name, id, scope } = partsOf(input.EndpointArn, "EndpointArn", "endpoint");
  ctx.table(endpoints, scope).delete(platform, name, id);
  return {};
};

export const listEndpointsByPlatformApplication: Handler<Sns, "ListEndpointsByPlatformApplication"> = (input, ctx) => {
  const { arn } = getApplication(ctx, input.PlatformApplicationArn);
  const { platform, name, scope } = partsOf(arn, "PlatformApplicationArn", "app");
  const { items, NextToken } = page(ctx.table(endpoints, scope).rows({ prefix: [platform, name] }), input.NextToken);
  return {
    Endpoints: items.map((endpoint) => ({ EndpointArn: endpoint.arn, Attributes: { ...endpoint.attributes } })),
    NextToken,
  };
};

/** The app on a device that a message is published to. @throws AwsError `NotFound`, `EndpointDisabled`, … */
export function endpointToPush(ctx: Context, arn: string): DeviceEndpoint {
  const endpoint = getEndpoint(ctx, arn, "TargetArn");
  if (endpoint.attributes.Enabled?.toLowerCase() !== "true")
    throw new AwsError("EndpointDisabledException", "Endpoint is disabled");
  const { platform, name, scope } = partsOf(arn, "TargetArn", "endpoint");
  const application = ctx.table(applications, scope).get(platform, name);
  if (application?.attributes.Enabled?.toLowerCase() !== "true")
    throw new AwsError("PlatformApplicationDisabledException", "Platform application is disabled");
  return endpoint;
}
