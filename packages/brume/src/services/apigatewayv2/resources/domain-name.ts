/** AWS::ApiGatewayV2::DomainName */
import type { Json, Properties } from "../../../kernel/resource.js";
import { mappedResource, object } from "./mapped.js";

/** Of each configuration, templates know what they can say; the rest are attributes of the domain name. */
const SAID = [
  "CertificateArn",
  "CertificateName",
  "EndpointType",
  "IpAddressType",
  "OwnershipVerificationCertificateArn",
  "SecurityPolicy",
];

function toTemplate(model: Properties): Properties {
  const configurations = (model.DomainNameConfigurations ?? []) as Properties[];
  const [first = {}] = configurations;
  const shown = configurations.map((one) =>
    Object.fromEntries(SAID.filter((name) => one[name] !== undefined).map((name) => [name, one[name] as Json])),
  );
  return {
    ...model,
    DomainNameConfigurations: shown,
    RegionalDomainName: first.ApiGatewayDomainName ?? "",
    RegionalHostedZoneId: first.HostedZoneId ?? "",
  };
}

export default mappedResource({
  noun: "DomainName",
  keys: ["DomainName"],
  isNamed: true,
  tagPath: ({ DomainName }) => `/domainnames/${DomainName as string}`,
  attributes: ["DomainNameArn"],
  properties: {
    DomainNameConfigurations: { kind: "list" },
    MutualTlsAuthentication: object,
    RoutingMode: { kind: "text", standard: "API_MAPPING_ONLY" },
  },
  toTemplate,
});
