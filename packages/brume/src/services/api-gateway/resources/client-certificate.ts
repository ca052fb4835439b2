/** AWS::ApiGateway::ClientCertificate */
import { defineResource } from "../../../kernel/resource.js";
import { arnOf, mappedResource, setTags } from "./mapped.js";

const provider = mappedResource({
  create: "GenerateClientCertificate",
  read: "GetClientCertificate",
  update: "UpdateClientCertificate",
  delete: "DeleteClientCertificate",
  list: "GetClientCertificates",
  keys: { ClientCertificateId: { input: "clientCertificateId", output: "clientCertificateId" } },
  properties: { Description: { member: "description", patch: "/description" } },
});

export default defineResource({
  ...provider,
  async update(desired, actual, ctx, previous) {
    const arn = arnOf(`/clientcertificates/${actual.ClientCertificateId as string}`, ctx);
    await setTags(arn, actual.Tags, desired.Tags, ctx);
    return provider.update(desired, actual, ctx, previous);
  },
});
