/** `Domain` of HTTP and WebSocket APIs: the custom domain, its paths, and its records in Route 53. */
import type { Json } from "../../../kernel/resource.js";
import type { JsonObject } from "../../template/template.js";
import { mutualTls } from "./api-domain.js";
import { invalidResource } from "./errors.js";
import { type Expansion, type Made, make, type Source } from "./expansion.js";
import { ref } from "./intrinsics.js";
import { compact, digest, listOf, mapOf, says } from "./plain.js";
import { makeRecordSetGroup } from "./record-sets.js";

/** Makes the domain of an API; nothing where it has none. @throws Mistake */
export function makeV2Domain(source: Source, given: Json | undefined, tags: JsonObject, expansion: Expansion): Made[] {
  const { id, shared } = source;
  if (given === undefined) return [];
  const domain = mapOf(given);
  const { DomainName: name, CertificateArn: certificate, EndpointConfiguration: endpoint = "REGIONAL" } = domain;
  if (name === undefined || certificate === undefined) {
    throw invalidResource(id, "Custom Domains only works if both DomainName and CertificateArn are provided.");
  }
  if (endpoint !== "REGIONAL") {
    throw invalidResource(id, "EndpointConfiguration for Custom Domains must be one of ['REGIONAL'].");
  }
  const { OwnershipVerificationCertificateArn: ownership, SecurityPolicy: policy } = domain;
  const domainId = `ApiGatewayDomainNameV2${digest(name)}`;
  const made = make(
    domainId,
    "AWS::ApiGatewayV2::DomainName",
    {
      DomainName: name,
      DomainNameConfigurations: [
        compact({
          CertificateArn: certificate,
          EndpointType: endpoint,
          OwnershipVerificationCertificateArn: says(ownership) ? ownership : undefined,
          SecurityPolicy: says(policy) ? policy : undefined,
        }),
      ],
      MutualTlsAuthentication: mutualTls(id, domain.MutualTlsAuthentication),
      Tags: tags,
    },
    shared,
  );
  const records = makeRecordSetGroup(source, { ...domain, EndpointConfiguration: endpoint }, domainId, expansion);
  return [made, ...mappings(source, domain.BasePath, domainId), ...records];
}

function mappings({ id, shared }: Source, paths: Json | undefined, domainId: string): Made[] {
  const mapping = (suffix: string, key: string | undefined) =>
    make(
      `${id}${suffix}ApiMapping`,
      "AWS::ApiGatewayV2::ApiMapping",
      { ApiId: ref(id), ApiMappingKey: key, DomainName: ref(domainId), Stage: ref(`${id}.Stage`) },
      shared,
    );
  if (!says(paths) || (typeof paths !== "string" && !Array.isArray(paths))) return [mapping("", undefined)];
  return listOf(paths).map((path) => {
    if (typeof path !== "string") throw invalidResource(id, "Basepath must be a string.");
    if (/[^0-9a-zA-Z/\-_]/.test(path)) throw invalidResource(id, "Invalid Basepath name provided.");
    return mapping(path.replace(/[-_/]+/g, ""), path.replace(/^\/+|\/+$/g, ""));
  });
}
