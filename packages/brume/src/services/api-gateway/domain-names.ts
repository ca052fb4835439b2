/** Custom domain names and what their paths mean. */
import type { DomainName } from "@aws-sdk/client-api-gateway";
import type { Context } from "../../kernel/context.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { patched } from "./patch.js";
import {
  badRequest,
  basePathMappings,
  conflict,
  defined,
  domainNames,
  domainOwners,
  getApi,
  getRow,
  page,
  required,
  stages,
} from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

/** The hosted zones that API Gateway's own domains stand in. */
const REGIONAL_ZONE = "Z1UJRXOUMOOFQ8";
const EDGE_ZONE = "Z2FDTNDATAQYW2";
const NO_PATH = "(none)";

type Domain = DomainName & { domainName: string };

const domainOf = (ctx: Context, name: string | undefined) =>
  getRow(ctx, domainNames, "Invalid domain name identifier specified", name);

export const createDomainName: Handler<Sdk, "CreateDomainName"> = (input, ctx) => {
  const domainName = required(input.domainName, "Domain name");
  if (ctx.table(domainOwners).get(domainName)) throw conflict("The domain name you provided already exists.");
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
  ctx.table(domainNames).put([domainName], domain);
  ctx.table(domainOwners).put([domainName], { account: ctx.account, region: ctx.region });
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
  for (const { basePath } of ctx.table(basePathMappings).rows({ prefix: [domainName] })) {
    ctx.table(basePathMappings).delete(domainName, basePath);
  }
  ctx.table(domainNames).delete(domainName);
  ctx.table(domainOwners).delete(domainName);
  return {};
};

function checkTarget(ctx: Context, restApiId: string | undefined, stage: string | undefined): void {
  const api = getApi(ctx, restApiId);
  if (stage && !ctx.table(stages).get(api.id, stage)) throw badRequest("Invalid stage identifier specified");
}

export const createBasePathMapping: Handler<Sdk, "CreateBasePathMapping"> = (input, ctx) => {
  const { domainName } = domainOf(ctx, input.domainName);
  const basePath = input.basePath || NO_PATH;
  checkTarget(ctx, input.restApiId, input.stage);
  if (ctx.table(basePathMappings).get(domainName, basePath))
    throw conflict("Base path already exists for this domain name");
  const mapping = defined({ basePath, restApiId: input.restApiId, stage: input.stage });
  ctx.table(basePathMappings).put([domainName, basePath], mapping);
  return mapping;
};

const mappingOf = (ctx: Context, domainName: string | undefined, basePath: string | undefined) => {
  domainOf(ctx, domainName);
  return getRow(
    ctx,
    basePathMappings,
    "Invalid base path mapping identifier specified",
    domainName,
    basePath || NO_PATH,
  );
};

export const getBasePathMapping: Handler<Sdk, "GetBasePathMapping"> = (input, ctx) =>
  mappingOf(ctx, input.domainName, input.basePath);

export const getBasePathMappings: Handler<Sdk, "GetBasePathMappings"> = (input, ctx) => {
  const { domainName } = domainOf(ctx, input.domainName);
  return page(ctx.table(basePathMappings).rows({ prefix: [domainName] }), input);
};

export const updateBasePathMapping: Handler<Sdk, "UpdateBasePathMapping"> = (input, ctx) => {
  const mapping = mappingOf(ctx, input.domainName, input.basePath);
  const rules = {
    "/basePath": "text",
    "/restapiId": { kind: "text", target: () => ["restApiId"] },
    "/restApiId": "text",
    "/stage": "text",
  } as const;
  const after = patched(mapping, input.patchOperations, rules);
  checkTarget(ctx, after.restApiId, after.stage);
  const renamed = { ...after, basePath: after.basePath || NO_PATH };
  ctx.table(basePathMappings).delete(input.domainName as string, mapping.basePath);
  ctx.table(basePathMappings).put([input.domainName as string, renamed.basePath], renamed);
  return renamed;
};

export const deleteBasePathMapping: Handler<Sdk, "DeleteBasePathMapping"> = (input, ctx) => {
  const { basePath } = mappingOf(ctx, input.domainName, input.basePath);
  ctx.table(basePathMappings).delete(input.domainName as string, basePath);
  return {};
};
