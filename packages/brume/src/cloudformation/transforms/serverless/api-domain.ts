/** `Domain` of REST APIs: the custom domain, its paths, and its records in Route 53. */
import type { Json } from "../../../kernel/resource.js";
import type { JsonObject } from "../../template/template.js";
import { expectGiven, expectMap, expectTexts, invalidResource } from "./errors.js";
import { type Expansion, type Made, make, type Source } from "./expansion.js";
import { ref } from "./intrinsics.js";
import { compact, digest, says } from "./plain.js";
import { makeRecordSetGroup } from "./record-sets.js";

const ENDPOINTS = ["EDGE", "REGIONAL", "PRIVATE"];
const TRUST_MEMBERS = ["TruststoreUri", "TruststoreVersion"];

/** Makes the domain of a REST API; nothing where it has none. @throws Mistake */
export function makeRestDomain(source: Source, given: Json | undefined, expansion: Expansion): Made[] {
  const { id, shared } = source;
  if (given === undefined) return [];
  const domain = expectMap(given, { id, path: "Domain" });
  const name = expectGiven(domain.DomainName, { id, path: "Domain.DomainName" });
  const certificate = expectGiven(domain.CertificateArn, { id, path: "Domain.CertificateArn" });
  const endpoint = domain.EndpointConfiguration ?? "REGIONAL";
  if (!ENDPOINTS.includes(String(endpoint))) {
    const names = ENDPOINTS.map((one) => `'${one}'`).join(", ");
    throw invalidResource(id, `EndpointConfiguration for Custom Domains must be one of [${names}].`);
  }
  const isPrivate = endpoint === "PRIVATE";
  const domainId = `ApiGatewayDomainName${isPrivate ? "V2" : ""}${digest(name)}`;
  const made = make(
    domainId,
    `AWS::ApiGateway::DomainName${isPrivate ? "V2" : ""}`,
    {
      DomainName: name,
      [endpoint === "REGIONAL" ? "RegionalCertificateArn" : "CertificateArn"]: certificate,
      EndpointConfiguration: compact({
        Types: [endpoint],
        IpAddressType: says(domain.IpAddressType) ? domain.IpAddressType : undefined,
      }),
      MutualTlsAuthentication: isPrivate ? undefined : mutualTls(id, domain.MutualTlsAuthentication, "Domain."),
      ...optional(domain, ["SecurityPolicy", "EndpointAccessMode", "Policy", "OwnershipVerificationCertificateArn"]),
    },
    shared,
  );
  return [
    made,
    ...mappings(source, domain, domainId, isPrivate),
    ...makeRecordSetGroup(source, { ...domain, EndpointConfiguration: endpoint }, domainId, expansion),
    ...(isPrivate ? association(source, domain, domainId) : []),
  ];
}

/** The members of a map that say something. */
function optional(from: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.flatMap((name) => (says(from[name]) ? [[name, from[name]]] : []))) as JsonObject;
}

/** How clients show who they are; undefined where they need not. @throws Mistake */
export function mutualTls(id: string, given: Json | undefined, prefix = ""): JsonObject | undefined {
  if (!says(given)) return undefined;
  const settings = expectMap(
    given,
    { id, path: "Domain.MutualTlsAuthentication" },
    prefix === ""
      ? `MutualTlsAuthentication must be a map with at least one of the following fields ['TruststoreUri', 'TruststoreVersion'].`
      : undefined,
  );
  if (Object.keys(settings).some((name) => !TRUST_MEMBERS.includes(name))) {
    throw invalidResource(
      id,
      `Available ${prefix}MutualTlsAuthentication fields are ['TruststoreUri', 'TruststoreVersion'].`,
    );
  }
  return optional(settings, TRUST_MEMBERS);
}

function mappings({ id, shared }: Source, domain: JsonObject, domainId: string, isPrivate: boolean): Made[] {
  const { BasePath: given, NormalizeBasePath: normalizes = true } = domain;
  const mapping = (suffix: string, path: string | undefined) =>
    make(
      `${id}${suffix}BasePathMapping`,
      `AWS::ApiGateway::BasePathMapping${isPrivate ? "V2" : ""}`,
      {
        [isPrivate ? "DomainNameArn" : "DomainName"]: ref(domainId),
        RestApiId: ref(id),
        Stage: ref(`${id}.Stage`),
        BasePath: path,
      },
      shared,
    );
  if (!says(given) || (typeof given !== "string" && !Array.isArray(given))) return [mapping("", undefined)];
  const paths = typeof given === "string" ? [given] : expectTexts(given, { id, path: "Domain.BasePath" });
  return paths.map((path) => {
    const alphanumeric = path.replace(/[^\p{L}\p{N}]/gu, "");
    return mapping(alphanumeric, says(normalizes) ? alphanumeric : path);
  });
}

/** Lets a VPC endpoint reach a private domain. */
function association({ id, shared }: Source, domain: JsonObject, domainId: string): Made[] {
  if (domain.AccessAssociation === undefined) return [];
  const { VpcEndpointId: endpoint } = expectMap(domain.AccessAssociation, { id, path: "Domain.AccessAssociation" });
  return [
    make(
      `DomainNameAccessAssociation${digest([endpoint ?? null, domainId])}`,
      "AWS::ApiGateway::DomainNameAccessAssociation",
      {
        DomainNameArn: ref(domainId),
        AccessAssociationSourceType: "VPCE",
        AccessAssociationSource: endpoint,
      },
      shared,
    ),
  ];
}
