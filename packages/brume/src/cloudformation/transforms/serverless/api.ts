/** `AWS::Serverless::Api`: a REST API, its deployment, stage, domain, authorizers and usage plan. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { authorizerPermissions, readAuthorizers } from "./api-authorizers.js";
import { completeDefinition } from "./api-definition.js";
import { makeRestDomain } from "./api-domain.js";
import { definitionLocation } from "./code-location.js";
import { invalidResource } from "./errors.js";
import { type Expansion, type Made, make, makeInPlace, propagateTags, type Source } from "./expansion.js";
import { ref } from "./intrinsics.js";
import { resolveParameters } from "./parameters.js";
import { canonical, compact, digest, idSuffix, listOf, mapOf, pick, says, tagList } from "./plain.js";
import { makeUsagePlan } from "./usage-plan.js";

/** Properties that go to the API as they are, where they say anything. */
const SAME = ["FailOnWarnings", "Name", "Description", "Mode", "ApiKeySourceType", "Policy", "SecurityPolicy"];

const STAGE_SAME = [
  "AccessLogSetting",
  "CacheClusterEnabled",
  "CacheClusterSize",
  "CanarySetting",
  "StageName",
  "TracingEnabled",
  "Variables",
  "MethodSettings",
];

/** Expands a REST API. @throws Mistake */
export function expandApi(source: Source, expansion: Expansion): Made[] {
  const { id, properties } = source;
  const { known, scope } = expansion;
  const auth = mapOf(resolveParameters(properties.Auth, known));
  const domain = resolveParameters(properties.Domain, known);
  const authorizers = readAuthorizers(id, auth.Authorizers);
  const binaryMediaTypes = resolveParameters(properties.BinaryMediaTypes, known);
  check(source);
  const definition = completeDefinition(source, {
    auth,
    authorizers,
    binaryMediaTypes,
    partition: scope.partition,
  });
  const api = makeRestApi(source, definition, binaryMediaTypes);
  const deployment = makeDeployment(source, api, domain, expansion);
  const stage = makeStage(source, deployment);
  const made = [
    api,
    deployment,
    stage,
    ...authorizerPermissions(source, authorizers, scope.partition),
    ...makeRestDomain(source, domain, expansion),
    ...makeUsagePlan(source, stage, auth, expansion),
  ];
  propagateTags(made, properties.Tags, properties.PropagateTags);
  return made;
}

function check({ id, properties }: Source): void {
  const { DefinitionUri: uri, DefinitionBody: body, MergeDefinitions: merges, OpenApiVersion: version } = properties;
  if (says(uri) && says(body)) {
    throw invalidResource(id, "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.");
  }
  if (says(uri) && says(merges)) {
    throw invalidResource(id, "Cannot set 'MergeDefinitions' to True when using `DefinitionUri`.");
  }
  if (says(version) && !/^[2-3](\.\d)(\.\d)?$/.test(String(version))) {
    throw invalidResource(id, "The OpenApiVersion value must be of the format '3.0.0'.");
  }
}

function makeRestApi(source: Source, definition: Json | undefined, binaryMediaTypes: Json | undefined): Made {
  const { id, properties } = source;
  const { DefinitionUri: uri, EndpointConfiguration: endpoint, EndpointAccessMode: access } = properties;
  const same = Object.entries(pick(properties, SAME)).filter(([, value]) => says(value));
  return makeInPlace(source, "AWS::ApiGateway::RestApi", {
    Body: !says(uri) && says(definition) ? definition : undefined,
    BodyS3Location: says(uri) ? definitionLocation(uri, id, "DefinitionUri") : undefined,
    ...Object.fromEntries(same),
    ...(says(endpoint) ? endpointConfiguration(id, endpoint) : {}),
    BinaryMediaTypes: binaryMediaTypes,
    MinimumCompressionSize: properties.MinimumCompressionSize,
    EndpointAccessMode: says(access) ? access : undefined,
  });
}

function endpointConfiguration(id: string, given: Json): JsonObject {
  if (!isObject(given) || !says(given.Type)) {
    return { EndpointConfiguration: { Types: [given] }, Parameters: { endpointConfigurationTypes: given } };
  }
  const { Type: type, VPCEndpointIds, VpcEndpointIds, IpAddressType } = given;
  if (VPCEndpointIds !== undefined && VpcEndpointIds !== undefined) {
    throw invalidResource(
      id,
      "'VPCEndpointIds' and 'VpcEndpointIds' cannot be used together in EndpointConfiguration.",
    );
  }
  return {
    EndpointConfiguration: compact({
      Types: [type],
      VpcEndpointIds: VPCEndpointIds ?? VpcEndpointIds,
      IpAddressType,
    }),
    Parameters: { endpointConfigurationTypes: type },
  };
}

/** A deployment is another one, with another id, when what it deploys has changed. */
function makeDeployment(source: Source, api: Made, domain: Json | undefined, expansion: Expansion): Made {
  const { id, properties, shared } = source;
  const { OpenApiVersion: version } = properties;
  const content = api.properties.Body ?? api.properties.BodyS3Location;
  const deployment = make(
    `${id}Deployment`,
    "AWS::ApiGateway::Deployment",
    { RestApiId: ref(id), StageName: says(version) ? undefined : "Stage" },
    shared,
  );
  if (content === undefined) return deployment;
  // Differs from AWS: there the hash is of the definition as Python 2 prints it, and of the time with `AlwaysDeploy`.
  const parts = [canonical(content), says(version) ? String(version) : "", says(domain) ? canonical(domain) : ""];
  const hash = digest([...parts, functionNames(id, expansion)].join("||"), 40);
  deployment.id += hash.slice(0, 10);
  deployment.properties.Description = `RestApi deployment id: ${hash}`;
  return deployment;
}

/** The names of the functions with events of an API: a function of another name has another integration. */
function functionNames(apiId: string, { sources, known }: Expansion): string {
  const names = Object.values(sources).flatMap((resource) => {
    const { Type: type, Properties } = mapOf(resource);
    const { Events: events, FunctionName: name } = mapOf(Properties);
    const calls = Object.values(mapOf(events)).some((event) => {
      const { RestApiId: to } = mapOf(mapOf(event).Properties);
      return mapOf(event).Type === "Api" && (mapOf(to).Ref ?? to) === apiId;
    });
    return type === "AWS::Serverless::Function" && calls ? listOf(resolveParameters(name, known)) : [];
  });
  return names.map((name) => (typeof name === "string" ? name : canonical(name))).join("");
}

function makeStage({ id, properties, shared }: Source, deployment: Made): Made {
  const name = typeof properties.StageName === "string" ? properties.StageName : "";
  const alphanumeric = /^[A-Za-z0-9]+$/.test(name);
  return make(
    alphanumeric ? `${id}${name}Stage` : `${id}Stage${idSuffix(name)}`,
    "AWS::ApiGateway::Stage",
    {
      ...pick(properties, STAGE_SAME),
      DeploymentId: ref(deployment.id),
      RestApiId: ref(id),
      Tags: properties.Tags === undefined ? undefined : tagList(properties.Tags),
    },
    shared,
  );
}
