/** AWS::ApiGateway::ClientCertificate */
import { mappedResource } from "./mapped.js";

export default mappedResource({
  create: "GenerateClientCertificate",
  read: "GetClientCertificate",
  update: "UpdateClientCertificate",
  delete: "DeleteClientCertificate",
  list: "GetClientCertificates",
  keys: { ClientCertificateId: { input: "clientCertificateId", output: "clientCertificateId" } },
  properties: { Description: { member: "description", patch: "/description" } },
});
