/** Custom domain names, and the base paths that lead to REST APIs. */
import type { Context } from "../../kernel/context.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { patched } from "./patch.js";
import {
  type Domain,
  type DomainMapping,
  domainMappings,
  domainNames,
  domainOwners,
  putDomain,
  removeDomain,
} from "./shared/domains.js";
import { badRequest, conflict, defined, getApi, getRow, notFound, page, required, stages } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

/** The hosted zones that API Gateway's own domains stand in. */
const REGIONAL_ZONE = "Z1UJRXOUMOOFQ8";
const EDGE_ZONE = "Z2FDTNDATAQYW2";
const NO_PATH = "(none)";

const domainOf = (ctx: Context, name: string | undefined) =>
  getRow(ctx, domainNames, "Invalid domain name identifier specified", name);

export const createDomainName: Handler<Sdk, "CreateDomainName"> = (input, ctx) => {
  const domainName = required(input.domainName, "Domain name");
  if (ctx.table(domainOwners).has(domainName.toLowerCase()))
    throw conflict("The domain name you provided already exists.");
  const types = input.endpointConfiguration?.types ?? ["EDGE"];
  const edge = types[0] === "EDGE";
  const { certificateBody: _, certificatePrivateKey: __, certificateChain: ___, ...given } = input;
  const domain: Domain = {
    ...(edge
      ? { distributionDomainName: `d${randomLower(13)}.cloudfront.net`, distributionHostedZoneId: EDGE_ZONE }
      : {
          regionalDomainName: `d-${randomLower(10)}.execute-api.${ctx.region}.${ctx.urlSuffix}`,
          regionalHostedZoneId: REGIONAL_ZONE,
        }),
    securityPolicy: "TLS_1_2" as const,
    ...defined(given),
    endpointConfiguration: { ...input.endpointConfiguration, types },
    domainName,
    domainNameArn: `arn:${ctx.partition}:apigateway:${ctx.region}::/domainnames/${domainName}`,
    domainNameStatus: "AVAILABLE" as const,
    certificateUploadDate: new Date(ctx.now()),
  };
  putDomain(ctx, domain);
  return domain;
};

export const getDomainName: Handler<Sdk, "GetDomainName"> = (input, ctx) => domainOf(ctx, input.domainName);
export const getDomainNames: Handler<Sdk, "GetDomainNames"> = (input, ctx) =>
  page(ctx.table(domainNames).rows(), input);

export const updateDomainName: Handler<Sdk, "UpdateDomainName"> = (input, ctx) => {
  const domain = domainOf(ctx, input.domainName);
  const after = patched(domain, input.patchOperations, {
    "/certificateArn": "text",
    "/certificateName": "text",
    "/regionalCertificateArn": "text",
    "/regionalCertificateName": "text",
    "/ownershipVerificationCertificateArn": "text",
    "/securityPolicy": "text",
    "/endpointConfiguration/types/{}": { kind: "text", target: () => ["endpointConfiguration", "types", "0"] },
    "/mutualTlsAuthentication/truststoreUri": "text",
    "/mutualTlsAuthentication/truststoreVersion": "text",
    "/policy": "text",
    "/routingMode": "text",
    "/endpointAccessMode": "text",
  });
  ctx.table(domainNames).put([domain.domainName], after);
  return after;
};

export const deleteDomainName: Handler<Sdk, "DeleteDomainName"> = (input, ctx) => {
  const { domainName } = domainOf(ctx, input.domainName);
  removeDomain(ctx, domainName);
  return {};
};

function checkTarget(ctx: Context, restApiId: string | undefined, stage: string | undefined): void {
  const api = getApi(ctx, restApiId);
  if (stage && !ctx.table(stages).get(api.id, stage)) throw badRequest("Invalid stage identifier specified");
}

/** A base path without its slashes, as mappings are kept by it. */
const keyOf = (basePath: string | undefined) =>
  basePath === NO_PATH ? "" : (basePath ?? "").replace(/^\/+|\/+$/g, "");

/** A mapping as this version of the API shows it. */
const shown = ({ key, apiId, stage }: DomainMapping) =>
  defined({ basePath: key === "" ? NO_PATH : key, restApiId: apiId, stage });

export const createBasePathMapping: Handler<Sdk, "CreateBasePathMapping"> = (input, ctx) => {
  const { domainName } = domainOf(ctx, input.domainName);
  const key = keyOf(input.basePath);
  checkTarget(ctx, input.restApiId, input.stage);
  if (ctx.table(domainMappings).has(domainName, key)) throw conflict("Base path already exists for this domain name");
  const stage = input.stage || undefined;
  const mapping = { id: randomLower(6), key, apiId: input.restApiId as string, stage };
  ctx.table(domainMappings).put([domainName, key], mapping);
  return shown(mapping);
};

function mappingOf(ctx: Context, name: string | undefined, basePath: string | undefined): DomainMapping {
  const { domainName } = domainOf(ctx, name);
  const mapping = ctx.table(domainMappings).get(domainName, keyOf(basePath));
  if (mapping) return mapping;
  throw notFound("Invalid base path mapping identifier specified");
}

export const getBasePathMapping: Handler<Sdk, "GetBasePathMapping"> = (input, ctx) =>
  shown(mappingOf(ctx, input.domainName, input.basePath));

export const getBasePathMappings: Handler<Sdk, "GetBasePathMappings"> = (input, ctx) => {
  const { domainName } = domainOf(ctx, input.domainName);
  return page(
    ctx
      .table(domainMappings)
      .rows({ prefix: [domainName] })
      .map(shown),
    input,
  );
};

export const updateBasePathMapping: Handler<Sdk, "UpdateBasePathMapping"> = (input, ctx) => {
  const before = mappingOf(ctx, input.domainName, input.basePath);
  const rules = {
    "/basePath": "text",
    "/restapiId": { kind: "text", target: () => ["restApiId"] },
    "/restApiId": "text",
    "/stage": "text",
  } as const;
  const { basePath, restApiId, stage } = patched(shown(before), input.patchOperations, rules);
  checkTarget(ctx, restApiId, stage);
  const after = { ...before, key: keyOf(basePath), apiId: restApiId, stage: stage || undefined };
  const domain = input.domainName as string;
  if (after.key !== before.key && ctx.table(domainMappings).has(domain, after.key))
    throw conflict("Base path already exists for this domain name");
  ctx.table(domainMappings).delete(domain, before.key);
  ctx.table(domainMappings).put([domain, after.key], after);
  return shown(after);
};

export const deleteBasePathMapping: Handler<Sdk, "DeleteBasePathMapping"> = (input, ctx) => {
  const { key } = mappingOf(ctx, input.domainName, input.basePath);
  ctx.table(domainMappings).delete(input.domainName as string, key);
  return {};
};
