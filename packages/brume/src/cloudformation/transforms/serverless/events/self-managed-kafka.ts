/** `SelfManagedKafka`: a topic of a Kafka cluster, wherever it runs, that a function reads. */
import type { Json } from "../../../../kernel/resource.js";
import type { JsonObject } from "../../../template/template.js";
import { EventMistake, expectMap } from "../errors.js";
import { isIntrinsic } from "../intrinsics.js";
import { listOf, says } from "../plain.js";
import { allow, readSecret } from "../policy-documents.js";
import type { FunctionEvent } from "./event.js";
import { decryptSecret, polled } from "./event-source-mapping.js";
import { registryStatements } from "./schema-registry.js";

/** What a poller within a VPC does there. */
export const NETWORK_ACTIONS = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DeleteNetworkInterface",
  "ec2:DescribeVpcs",
  "ec2:DescribeSubnets",
  "ec2:DescribeSecurityGroups",
] as const;

const AUTHENTICATION = new Set([
  "SASL_SCRAM_256_AUTH",
  "SASL_SCRAM_512_AUTH",
  "BASIC_AUTH",
  "CLIENT_CERTIFICATE_TLS_AUTH",
]);

export const selfManagedKafka = polled({
  type: "SelfManagedKafka",
  properties: {},
  policies: (event) => [
    {
      PolicyDocument: { Statement: statementsOf(event), Version: "2012-10-17" },
      PolicyName: "SelfManagedKafkaExecutionRolePolicy",
    },
  ],
});

function statementsOf(event: FunctionEvent): JsonObject[] {
  const { name, properties } = event;
  const { KafkaBootstrapServers: servers, Topics: topics, SourceAccessConfigurations: configurations } = properties;
  const refuse = (why: string) => new EventMistake(name, why);
  if (!says(servers)) throw refuse("No KafkaBootstrapServers provided for self managed kafka as an event source");
  if (!says(topics)) throw refuse("No Topics provided for self managed kafka as an event source");
  if (listOf(topics).length !== 1) {
    throw refuse("Topics for self managed kafka only supports single configuration entry.");
  }
  if (!says(configurations)) throw refuse("No SourceAccessConfigurations for self managed kafka event provided.");
  if (!Array.isArray(configurations)) {
    throw refuse("SourceAccessConfigurations for self managed kafka event should be a list.");
  }
  const access = readAccess(name, configurations);
  const statements: JsonObject[] = [];
  if (access.secret !== undefined) statements.push(readSecret(access.secret));
  // SAM grants the first secret again, not the certificate.
  if (access.certificate !== undefined) statements.push(readSecret(access.secret ?? null));
  if (access.inVpc) statements.push(allow([...NETWORK_ACTIONS], "*"));
  return [...statements, ...decryptSecret(event), ...registryStatements(event)];
}

function readAccess(name: string, configurations: readonly Json[]) {
  const refuse = (why: string) => new EventMistake(name, why);
  const uris = new Map<string, Json>();
  for (const one of configurations) {
    const { Type: type, URI: uri } = expectMap(one, { id: name, path: "SourceAccessConfigurations" });
    const kind = AUTHENTICATION.has(String(type)) ? "auth mechanism" : String(type);
    if (!["VPC_SUBNET", "VPC_SECURITY_GROUP", "SERVER_ROOT_CA_CERTIFICATE", "auth mechanism"].includes(kind)) {
      throw refuse("Invalid SourceAccessConfigurations Type provided for self managed kafka event.");
    }
    if (kind === "auth mechanism" && uris.has(kind)) {
      throw refuse(
        "Multiple auth mechanism properties specified in SourceAccessConfigurations for self managed kafka event.",
      );
    }
    const where = `${kind} URI property specified in SourceAccessConfigurations for self managed kafka event.`;
    if (!says(uri)) throw refuse(`No ${where}`);
    if (typeof uri !== "string" && !isIntrinsic(uri)) throw refuse(`Wrong Type for ${where}`);
    uris.set(kind, uri);
  }
  if (uris.has("VPC_SUBNET") !== uris.has("VPC_SECURITY_GROUP")) {
    throw refuse(
      "VPC_SUBNET and VPC_SECURITY_GROUP in SourceAccessConfigurations for SelfManagedKafka must be both provided.",
    );
  }
  return {
    secret: uris.get("auth mechanism"),
    certificate: uris.get("SERVER_ROOT_CA_CERTIFICATE"),
    inVpc: uris.has("VPC_SUBNET"),
  };
}
