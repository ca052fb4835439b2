/** Custom domain names, and the API mappings that their paths lead by. */
import type { DomainName } from "@aws-sdk/client-apigatewayv2";
import type { Context } from "../../kernel/context.js";
import { orUndefined } from "../../kernel/errors.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import {
  type Domain,
  type DomainMapping,
  domainMappings,
  domainNames,
  domainOwners,
  putDomain,
  removeDomain,
} from "../api-gateway/shared/domains.js";
import { apis, badRequest, conflict, defined, getApiRow, getRow, merged, page, required, stages } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-apigatewayv2");
type Configuration = NonNullable<DomainName["DomainNameConfigurations"]>[number];

/** The hosted zone that regional endpoints of API Gateway stand in. */
const REGIONAL_ZONE = "Z1UJRXOUMOOFQ8";

/** @throws AwsError `NotFoundException` */
export const domainOf = (ctx: Context, name: string | undefined): Domain =>
  getRow(ctx, domainNames, "The domain name resource specified in the request was not found.", name);

/** A domain name as this version of the API shows it. */
function shown(domain: Domain): Required<Pick<DomainName, "DomainName">> & DomainName {
  const { mutualTlsAuthentication: tls, endpointConfiguration } = domain;
  const configuration: Configuration = defined({
    ApiGatewayDomainName: domain.regionalDomainName ?? domain.distributionDomainName,
    CertificateArn: domain.regionalCertificateArn ?? domain.certificateArn,
    CertificateName: domain.regionalCertificateName ?? domain.certificateName,
    CertificateUploadDate: domain.certificateUploadDate,
    DomainNameStatus: domain.domainNameStatus as Configuration["DomainNameStatus"],
    EndpointType: endpointConfiguration?.types?.[0] as Configuration["EndpointType"],
    HostedZoneId: domain.regionalHostedZoneId ?? domain.distributionHostedZoneId,
    IpAddressType: endpointConfiguration?.ipAddressType,
    OwnershipVerificationCertificateArn: domain.ownershipVerificationCertificateArn,
    SecurityPolicy: domain.securityPolicy as Configuration["SecurityPolicy"],
  });
  return defined({
    ApiMappingSelectionExpression: "$request.basepath",
    DomainName: domain.domainName,
    DomainNameArn: domain.domainNameArn,
    DomainNameConfigurations: [configuration],
    MutualTlsAuthentication: tls && {
      TruststoreUri: tls.truststoreUri,
      TruststoreVersion: tls.truststoreVersion,
      TruststoreWarnings: tls.truststoreWarnings,
    },
    RoutingMode: (domain.routingMode ?? "API_MAPPING_ONLY") as NonNullable<DomainName["RoutingMode"]>,
    Tags: domain.tags ?? {},
  });
}

interface Given {
  DomainNameConfigurations?: Configuration[] | undefined;
  MutualTlsAuthentication?: { TruststoreUri?: string; TruststoreVersion?: string } | undefined;
  RoutingMode?: DomainName["RoutingMode"] | undefined;
}

const ENDPOINT_TYPES = ["REGIONAL", "EDGE"];
const SECURITY_POLICIES = ["TLS_1_0", "TLS_1_2"];
const ROUTING_MODES = ["API_MAPPING_ONLY", "ROUTING_RULE_ONLY", "ROUTING_RULE_THEN_API_MAPPING"];

function checkChoice(what: string, value: string | undefined, choices: readonly string[]): void {
  if (value !== undefined && !choices.includes(value)) throw badRequest(`Invalid ${what} specified: ${value}`);
}

/** A domain name with what an input says of it. @throws AwsError `BadRequestException` */
function configured(ctx: Context, before: Domain, given: Given): Domain {
  const [configuration] = given.DomainNameConfigurations ?? [];
  checkChoice("endpoint type", configuration?.EndpointType, ENDPOINT_TYPES);
  checkChoice("security policy", configuration?.SecurityPolicy, SECURITY_POLICIES);
  checkChoice("routing mode", given.RoutingMode, ROUTING_MODES);
  const isEdge = (configuration?.EndpointType ?? before.endpointConfiguration?.types?.[0]) === "EDGE";
  const { TruststoreUri, TruststoreVersion } = given.MutualTlsAuthentication ?? {};
  const certificate = isEdge
    ? { certificateArn: configuration?.CertificateArn, certificateName: configuration?.CertificateName }
    : {
        regionalCertificateArn: configuration?.CertificateArn,
        regionalCertificateName: configuration?.CertificateName,
      };
  return {
    ...before,
    ...defined({
      ...certificate,
      certificateUploadDate: configuration?.CertificateArn ? new Date(ctx.now()) : undefined,
      ownershipVerificationCertificateArn: configuration?.OwnershipVerificationCertificateArn,
      securityPolicy: configuration?.SecurityPolicy,
      routingMode: given.RoutingMode,
    }),
    endpointConfiguration: {
      ...before.endpointConfiguration,
      ...defined({ ipAddressType: configuration?.IpAddressType }),
      types: [isEdge ? "EDGE" : "REGIONAL"],
    },
    // An empty location takes mutual TLS away.
    ...(given.MutualTlsAuthentication
      ? {
          mutualTlsAuthentication: TruststoreUri
            ? defined({ truststoreUri: TruststoreUri, truststoreVersion: TruststoreVersion })
            : undefined,
        }
      : {}),
  } as Domain;
}

export const createDomainName: Handler<Sdk, "CreateDomainName"> = (input, ctx) => {
  const name = required(input.DomainName, "DomainName");
  if (ctx.table(domainOwners).has(name.toLowerCase())) throw conflict("The domain name resource already exists.");
  if (!input.DomainNameConfigurations?.length) throw badRequest("DomainNameConfigurations must have at least 1 item");
  const isNew: Domain = {
    domainName: name,
    domainNameArn: `arn:${ctx.partition}:apigateway:${ctx.region}::/domainnames/${name}`,
    domainNameStatus: "AVAILABLE",
    regionalDomainName: `d-${randomLower(10)}.execute-api.${ctx.region}.${ctx.urlSuffix}`,
    regionalHostedZoneId: REGIONAL_ZONE,
    securityPolicy: "TLS_1_2",
    endpointConfiguration: { ipAddressType: "ipv4" },
    tags: { ...input.Tags },
  };
  const domain = configured(ctx, isNew, input as Given);
  putDomain(ctx, domain);
  return shown(domain);
};
export const getDomainName: Handler<Sdk, "GetDomainName"> = (input, ctx) => shown(domainOf(ctx, input.DomainName));
export const getDomainNames: Handler<Sdk, "GetDomainNames"> = (input, ctx) =>
  page(ctx.table(domainNames).rows().map(shown), input);

export const updateDomainName: Handler<Sdk, "UpdateDomainName"> = (input, ctx) => {
  const domain = configured(ctx, domainOf(ctx, input.DomainName), input as Given);
  putDomain(ctx, domain);
  return shown(domain);
};

export const deleteDomainName: Handler<Sdk, "DeleteDomainName"> = (input, ctx) => {
  removeDomain(ctx, domainOf(ctx, input.DomainName).domainName);
  return {};
};

/** Checks that a stage is there: one of this service's, or of a REST API. @throws AwsError `NotFoundException` or `BadRequestException` */
export async function checkTarget(ctx: Context, apiId: string, stage: string): Promise<void> {
  if (ctx.table(apis).has(apiId)) {
    if (!ctx.table(stages).has(apiId, stage)) throw badRequest(`Invalid stage identifier specified ${stage}`);
    return;
  }
  const input = { restApiId: apiId, stageName: stage };
  if (!(await orUndefined(ctx.call("api-gateway", "GetRestApi", input), "NotFoundException"))) getApiRow(ctx, apiId);
  if (!(await orUndefined(ctx.call("api-gateway", "GetStage", input), "NotFoundException"))) {
    throw badRequest(`Invalid stage identifier specified ${stage}`);
  }
}

function checkKey(ctx: Context, domain: string, key: string, id: string): void {
  if (/^\/|\/\/|\/$/.test(key)) {
    throw badRequest("API mapping key should not start with a '/' or have consecutive '/'s.");
  }
  const other = ctx.table(domainMappings).get(domain, key);
  if (other && other.id !== id) throw conflict("ApiMapping key already exists for this domain name");
}

/** A mapping as this version of the API shows it. */
const shownMapping = ({ id, key, apiId, stage = "" }: DomainMapping) => ({
  ApiId: apiId,
  ApiMappingId: id,
  ...(key === "" ? {} : { ApiMappingKey: key }),
  Stage: stage,
});

function mappingOf(ctx: Context, name: string | undefined, id: string | undefined): DomainMapping {
  const mappings = ctx.table(domainMappings).rows({ prefix: [domainOf(ctx, name).domainName] });
  const mapping = mappings.find((one) => one.id === id);
  if (mapping) return mapping;
  return getRow(ctx, domainMappings, "The api mapping resource specified in the request was not found.", "");
}

export const createApiMapping: Handler<Sdk, "CreateApiMapping"> = async (input, ctx) => {
  const { domainName } = domainOf(ctx, input.DomainName);
  const apiId = required(input.ApiId, "ApiId");
  const stage = required(input.Stage, "Stage");
  await checkTarget(ctx, apiId, stage);
  const mapping = { id: randomLower(6), key: input.ApiMappingKey ?? "", apiId, stage };
  checkKey(ctx, domainName, mapping.key, mapping.id);
  ctx.table(domainMappings).put([domainName, mapping.key], mapping);
  return shownMapping(mapping);
};
export const getApiMapping: Handler<Sdk, "GetApiMapping"> = (input, ctx) =>
  shownMapping(mappingOf(ctx, input.DomainName, input.ApiMappingId));
export const getApiMappings: Handler<Sdk, "GetApiMappings"> = (input, ctx) => {
  const { domainName } = domainOf(ctx, input.DomainName);
  return page(
    ctx
      .table(domainMappings)
      .rows({ prefix: [domainName] })
      .map(shownMapping),
    input,
  );
};

export const updateApiMapping: Handler<Sdk, "UpdateApiMapping"> = async (input, ctx) => {
  const before = mappingOf(ctx, input.DomainName, input.ApiMappingId);
  const changes = { key: input.ApiMappingKey, apiId: input.ApiId, stage: input.Stage };
  const after = {
    ...merged<DomainMapping>(before, defined(changes) as Partial<DomainMapping>),
    key: input.ApiMappingKey ?? before.key,
  };
  await checkTarget(ctx, required(after.apiId, "ApiId"), after.stage ?? "");
  const domain = input.DomainName as string;
  checkKey(ctx, domain, after.key, after.id);
  ctx.table(domainMappings).delete(domain, before.key);
  ctx.table(domainMappings).put([domain, after.key], after);
  return shownMapping(after);
};

export const deleteApiMapping: Handler<Sdk, "DeleteApiMapping"> = (input, ctx) => {
  const { key } = mappingOf(ctx, input.DomainName, input.ApiMappingId);
  ctx.table(domainMappings).delete(input.DomainName as string, key);
  return {};
};
