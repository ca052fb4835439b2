/** AWS::ApiGateway::DomainName */
import { defineResource, type Json, type Properties } from "../../../kernel/resource.js";
import { arnOf, mappedResource, setTags } from "./mapped.js";

const provider = mappedResource({
  create: "CreateDomainName",
  read: "GetDomainName",
  update: "UpdateDomainName",
  delete: "DeleteDomainName",
  list: "GetDomainNames",
  keys: { DomainName: { input: "domainName", output: "domainName" } },
  properties: {
    CertificateArn: { member: "certificateArn", patch: "/certificateArn" },
    EndpointAccessMode: { member: "endpointAccessMode", patch: "/endpointAccessMode" },
    EndpointConfiguration: { member: "endpointConfiguration", kind: "any" },
    MutualTlsAuthentication: { member: "mutualTlsAuthentication", kind: "any" },
    OwnershipVerificationCertificateArn: {
      member: "ownershipVerificationCertificateArn",
      patch: "/ownershipVerificationCertificateArn",
    },
    RegionalCertificateArn: { member: "regionalCertificateArn", patch: "/regionalCertificateArn" },
    RoutingMode: { member: "routingMode", patch: "/routingMode" },
    SecurityPolicy: { member: "securityPolicy", patch: "/securityPolicy" },
  },
  attributes: {
    DistributionDomainName: "distributionDomainName",
    DistributionHostedZoneId: "distributionHostedZoneId",
    DomainNameArn: "domainNameArn",
    RegionalDomainName: "regionalDomainName",
    RegionalHostedZoneId: "regionalHostedZoneId",
  },
});

/** The two nested properties, spelt the API's way and back. */
const renamed = (properties: Properties, rename: (first: string) => string): Properties => {
  const nested = ["EndpointConfiguration", "MutualTlsAuthentication"].filter((name) => properties[name] !== undefined);
  const entries = nested.map((name): [string, Json] => [
    name,
    Object.fromEntries(
      Object.entries(properties[name] as Properties).map(([key, value]) => [
        rename(key.slice(0, 1)) + key.slice(1),
        value,
      ]),
    ),
  ]);
  return { ...properties, ...Object.fromEntries(entries) };
};
const shown = (model: Properties) => renamed(model, (first) => first.toUpperCase());

export default defineResource({
  ...provider,
  async create(desired, ctx) {
    return shown(
      await provider.create(
        renamed(desired, (first) => first.toLowerCase()),
        ctx,
      ),
    );
  },
  async read(actual, ctx) {
    const model = await provider.read(actual, ctx);
    return model && shown(model);
  },
  async update(desired, actual, ctx, previous) {
    await setTags(arnOf(`/domainnames/${actual.DomainName as string}`, ctx), actual.Tags, desired.Tags, ctx);
    return shown(await provider.update(desired, actual, ctx, previous));
  },
});
