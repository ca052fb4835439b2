/** Custom domain names and the APIs that their paths mean. They are kept; requests do not arrive by them. */
import type { Context } from "../../kernel/context.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import {
  type ApiMapping,
  apiMappings,
  badRequest,
  conflict,
  type DomainName,
  defined,
  domainNames,
  getApiRow,
  getRow,
  merged,
  page,
  required,
  stages,
} from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-apigatewayv2");

/** The hosted zone that regional endpoints of API Gateway stand in. */
const REGIONAL_ZONE = "Z1UJRXOUMOOFQ8";

const domainOf = (ctx: Context, name: string | undefined) =>
  getRow(ctx, domainNames, "The domain name resource specified in the request was not found.", name);

function configured(ctx: Context, configurations: DomainName["DomainNameConfigurations"], before?: DomainName) {
  if (!configurations?.length) throw badRequest("DomainNameConfigurations must have at least 1 item");
  return configurations.map((one, index) => ({
    ApiGatewayDomainName: `d-${randomLower(10)}.execute-api.${ctx.region}.${ctx.urlSuffix}`,
    CertificateUploadDate: new Date(ctx.now()),
    HostedZoneId: REGIONAL_ZONE,
    EndpointType: "REGIONAL" as const,
    SecurityPolicy: "TLS_1_2" as const,
    IpAddressType: "ipv4" as const,
    ...before?.DomainNameConfigurations?.[index],
    ...defined(one),
    DomainNameStatus: "AVAILABLE" as const,
  }));
}

export const createDomainName: Handler<Sdk, "CreateDomainName"> = (input, ctx) => {
  const name = required(input.DomainName, "DomainName");
  if (ctx.table(domainNames).has(name)) throw conflict("The domain name resource already exists.");
  const domain: DomainName = defined({
    ApiMappingSelectionExpression: "$request.basepath",
    RoutingMode: "API_MAPPING_ONLY" as const,
    Tags: {},
    ...defined(input),
    DomainName: name,
    DomainNameArn: `arn:${ctx.partition}:apigateway:${ctx.region}::/domainnames/${name}`,
    DomainNameConfigurations: configured(ctx, input.DomainNameConfigurations),
  });
  ctx.table(domainNames).put([name], domain);
  return domain;
};
export const getDomainName: Handler<Sdk, "GetDomainName"> = (input, ctx) => domainOf(ctx, input.DomainName);
export const getDomainNames: Handler<Sdk, "GetDomainNames"> = (input, ctx) =>
  page(ctx.table(domainNames).rows(), input);

export const updateDomainName: Handler<Sdk, "UpdateDomainName"> = (input, ctx) => {
  const before = domainOf(ctx, input.DomainName);
  const { DomainName: name, DomainNameConfigurations: configurations, ...changes } = input;
  const after = merged<DomainName>(before, {
    ...changes,
    ...(configurations ? { DomainNameConfigurations: configured(ctx, configurations, before) } : {}),
  });
  ctx.table(domainNames).put([name as string], after);
  return after;
};

export const deleteDomainName: Handler<Sdk, "DeleteDomainName"> = (input, ctx) => {
  const { DomainName: name } = domainOf(ctx, input.DomainName);
  ctx.table(domainNames).delete(name);
  ctx.table(apiMappings).clear({ prefix: [name] });
  return {};
};

function checkMapping(ctx: Context, domain: string, mapping: ApiMapping): void {
  const { ApiId } = getApiRow(ctx, mapping.ApiId);
  if (!ctx.table(stages).has(ApiId, mapping.Stage))
    throw badRequest(`Invalid stage identifier specified ${mapping.Stage}`);
  const key = mapping.ApiMappingKey ?? "";
  if (/^\/|\/\/|\/$/.test(key)) {
    throw badRequest("API mapping key should not start with a '/' or have consecutive '/'s.");
  }
  const others = ctx.table(apiMappings).rows({ prefix: [domain] });
  if (others.some((one) => (one.ApiMappingKey ?? "") === key && one.ApiMappingId !== mapping.ApiMappingId)) {
    throw conflict("ApiMapping key already exists for this domain name");
  }
}

const mappingOf = (ctx: Context, name: string | undefined, id: string | undefined): ApiMapping => {
  domainOf(ctx, name);
  return getRow(ctx, apiMappings, "The api mapping resource specified in the request was not found.", name, id);
};

export const createApiMapping: Handler<Sdk, "CreateApiMapping"> = ({ DomainName: name, ...given }, ctx) => {
  const { DomainName: domain } = domainOf(ctx, name);
  const mapping = defined({
    ...given,
    ApiId: required(given.ApiId, "ApiId"),
    Stage: required(given.Stage, "Stage"),
    ApiMappingId: randomLower(6),
  });
  checkMapping(ctx, domain, mapping);
  ctx.table(apiMappings).put([domain, mapping.ApiMappingId], mapping);
  return mapping;
};
export const getApiMapping: Handler<Sdk, "GetApiMapping"> = (input, ctx) =>
  mappingOf(ctx, input.DomainName, input.ApiMappingId);
export const getApiMappings: Handler<Sdk, "GetApiMappings"> = (input, ctx) =>
  page(ctx.table(apiMappings).rows({ prefix: [domainOf(ctx, input.DomainName).DomainName] }), input);

export const updateApiMapping: Handler<Sdk, "UpdateApiMapping"> = (input, ctx) => {
  const { DomainName: name, ApiMappingId, ...changes } = input;
  const after = merged<ApiMapping>(mappingOf(ctx, name, ApiMappingId), changes as Partial<ApiMapping>);
  checkMapping(ctx, name as string, after);
  ctx.table(apiMappings).put([name as string, after.ApiMappingId], after);
  return after;
};

export const deleteApiMapping: Handler<Sdk, "DeleteApiMapping"> = (input, ctx) => {
  const { ApiMappingId } = mappingOf(ctx, input.DomainName, input.ApiMappingId);
  ctx.table(apiMappings).delete(input.DomainName as string, ApiMappingId);
  return {};
};
