/** `Route53` of a domain: records that lead to an API. */
import type { Json } from "../../../kernel/resource.js";
import type { JsonObject } from "../../template/template.js";
import { expectFlag, expectMap, invalidResource } from "./errors.js";
import { type Expansion, type Made, make, type Source } from "./expansion.js";
import { getAtt } from "./intrinsics.js";
import { compact, digest, listOf, pick, says } from "./plain.js";

/** The hosted zone of all CloudFront distributions. */
const CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2";

/** Makes the records of a domain, in the group of their hosted zone. @throws Mistake */
export function makeRecordSetGroup(
  { id, shared }: Source,
  domain: JsonObject,
  domainId: string,
  { recordSetGroups }: Expansion,
): Made[] {
  if (domain.Route53 === undefined) return [];
  const route53 = expectMap(domain.Route53, { id, path: "Domain.Route53" });
  const { HostedZoneId: zoneId, HostedZoneName: zoneName, SeparateRecordSetGroup: separate } = route53;
  if (zoneId === undefined && zoneName === undefined) {
    throw invalidResource(
      id,
      "HostedZoneId or HostedZoneName is required to enable Route53 support on Custom Domains.",
    );
  }
  const zone = says(zoneId) ? zoneId : (zoneName ?? null);
  const records = recordSets(domain, route53, domainId);
  const group = (groupId: string) =>
    make(
      groupId,
      "AWS::Route53::RecordSetGroup",
      { HostedZoneId: zoneId, HostedZoneName: zoneName, RecordSets: [] },
      shared,
    );
  let made: Made;
  if (says(separate)) {
    expectFlag(separate, { id, path: "Domain.Route53.SeparateRecordSetGroup" });
    made = group(`RecordSetGroup${digest([zone, domain.DomainName ?? null])}`);
  } else {
    const groupId = `RecordSetGroup${digest(zone)}`;
    made = recordSetGroups.get(groupId) ?? group(groupId);
    recordSetGroups.set(groupId, made);
  }
  made.properties.RecordSets = [...listOf(made.properties.RecordSets), ...records];
  return [made];
}

function recordSets(domain: JsonObject, route53: JsonObject, domainId: string): Json[] {
  const record = (type: string): JsonObject =>
    compact({
      Name: domain.DomainName,
      Type: type,
      AliasTarget: aliasTarget(domain, route53, domainId),
      ...pick(route53, ["Region", "SetIdentifier"]),
    });
  return route53.IpV6 === true ? [record("A"), record("AAAA")] : [record("A")];
}

function aliasTarget(domain: JsonObject, route53: JsonObject, domainId: string): JsonObject {
  const health = { EvaluateTargetHealth: route53.EvaluateTargetHealth };
  switch (domain.EndpointConfiguration) {
    case "REGIONAL":
      return compact({
        ...health,
        HostedZoneId: getAtt(domainId, "RegionalHostedZoneId"),
        DNSName: getAtt(domainId, "RegionalDomainName"),
      });
    case "EDGE":
      return compact({
        ...health,
        HostedZoneId: CLOUDFRONT_ZONE,
        DNSName: route53.DistributionDomainName ?? getAtt(domainId, "DistributionDomainName"),
      });
    default:
      return compact({
        ...health,
        HostedZoneId: route53.VpcEndpointHostedZoneId,
        DNSName: route53.VpcEndpointDomainName,
      });
  }
}
