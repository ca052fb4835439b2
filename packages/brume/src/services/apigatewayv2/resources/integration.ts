/** AWS::ApiGatewayV2::Integration */
import type { Json, Properties } from "../../../kernel/resource.js";
import { map, mappedResource, object, text } from "./mapped.js";

interface Wrapped {
  readonly ResponseParameters?: readonly { readonly Destination: string; readonly Source: string }[];
}

/** Templates write the response parameters of a status as a list between two more names; the API as a map. */
function toApi(properties: Properties): Properties {
  const { ResponseParameters } = properties;
  if (typeof ResponseParameters !== "object" || ResponseParameters === null) return properties;
  const flat = Object.entries(ResponseParameters as object).map(([status, value]) => {
    const { ResponseParameters: pairs } = value as Wrapped;
    const plain = value as Json;
    return [
      status,
      Array.isArray(pairs) ? Object.fromEntries(pairs.map(({ Destination, Source }) => [Destination, Source])) : plain,
    ] as const;
  });
  return { ...properties, ResponseParameters: Object.fromEntries(flat) };
}

function toTemplate(properties: Properties): Properties {
  const { ResponseParameters } = properties;
  if (typeof ResponseParameters !== "object" || ResponseParameters === null) return properties;
  const wrapped = Object.entries(ResponseParameters as Record<string, Record<string, string>>).map(
    ([status, pairs]) => [
      status,
      { ResponseParameters: Object.entries(pairs).map(([Destination, Source]) => ({ Destination, Source })) },
    ],
  );
  return { ...properties, ResponseParameters: Object.fromEntries(wrapped) };
}

export default mappedResource({
  noun: "Integration",
  keys: ["ApiId", "IntegrationId"],
  properties: {
    ConnectionId: text,
    ConnectionType: { kind: "text", standard: "INTERNET" },
    ContentHandlingStrategy: text,
    CredentialsArn: text,
    Description: text,
    IntegrationMethod: text,
    IntegrationSubtype: text,
    IntegrationType: text,
    IntegrationUri: text,
    PassthroughBehavior: text,
    PayloadFormatVersion: { kind: "text", standard: "1.0" },
    RequestParameters: map,
    RequestTemplates: map,
    ResponseParameters: map,
    TemplateSelectionExpression: text,
    // The longest that integrations of both protocols may take.
    TimeoutInMillis: { kind: "number", standard: 29_000 },
    TlsConfig: object,
  },
  toApi,
  toTemplate,
});
