/** `MSK`: topics of a managed Kafka cluster that a function reads. */
import { isObject } from "../../../template/template.js";
import { listOf, says } from "../plain.js";
import { readSecret } from "../policy-documents.js";
import { polled } from "./event-source-mapping.js";
import { registryStatements } from "./schema-registry.js";

export const msk = polled({
  type: "MSK",
  properties: { "any!": "Stream StartingPosition" },
  source: "Stream",
  managed: "AWSLambdaMSKExecutionRole",
  policies: (event) => {
    const statements = registryStatements(event);
    for (const one of listOf(event.properties.SourceAccessConfigurations)) {
      if (!isObject(one) || one.Type !== "CLIENT_CERTIFICATE_TLS_AUTH" || !says(one.URI)) continue;
      statements.push(readSecret(one.URI));
    }
    if (statements.length === 0) return [];
    return [{ PolicyName: "MSKExecutionRolePolicy", PolicyDocument: { Statement: statements } }];
  },
});
