/** `AWS::Serverless::Connector` and the `Connectors` attribute: one resource is let use another. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { type Connected, readConnected } from "./connected-resource.js";
import { type Grant, PROFILES, type Profile } from "./connector-profiles.js";
import { expectMap, invalidResource, Mistake } from "./errors.js";
import { type Expansion, type Made, make, type Source } from "./expansion.js";
import { referredId, sub } from "./intrinsics.js";
import { listOf, mapOf, says } from "./plain.js";
import { replaceDependency } from "./references.js";

/** The connectors that resources have as attributes, as resources of their own; the attributes are taken away. */
export function embeddedConnectors(resources: JsonObject, mistakes: Mistake[]): JsonObject {
  const found: JsonObject = {};
  for (const [id, resource] of Object.entries(resources)) {
    const connectors = mapOf(resource).Connectors;
    if (connectors === undefined || !isObject(resource)) continue;
    delete resource.Connectors;
    const attempt = (read: () => void) => {
      try {
        read();
      } catch (error) {
        if (!(error instanceof Mistake)) throw error;
        mistakes.push(error);
      }
    };
    attempt(() => {
      const all = expectMap(connectors, { id, path: `${id}.Connectors`, of: "attribute" });
      for (const [name, connector] of Object.entries(all)) {
        attempt(() => {
          found[id + name] = embedded(id, name, connector, resources);
        });
      }
    });
  }
  return found;
}

function embedded(id: string, name: string, connector: Json, resources: JsonObject): JsonObject {
  const connectorId = id + name;
  if (!isObject(connector)) {
    throw invalidResource(connectorId, `${id}.${connectorId} should be a map.`);
  }
  const given = expectMap(connector.Properties, { id, path: `Connectors.${name}.Properties`, of: "attribute" });
  const { SourceReference: reference = {}, ...properties } = given;
  const path = `Connectors.${name}.Properties.SourceReference`;
  const more = expectMap(reference, { id, path });
  if (more.Id !== undefined) throw invalidResource(name, "'Id' shouldn't be defined in 'SourceReference'.");
  if (resources[connectorId] !== undefined) {
    throw new Mistake(
      `Transforming resource with id [${id}] attempts to create a new resource with id [${connectorId}] and type "AWS::Serverless::Connector". A resource with that id already exists within this template. Please use a different id for that resource.`,
    );
  }
  return {
    ...connector,
    Type: "AWS::Serverless::Connector",
    Properties: { ...properties, Source: { Id: id, ...more } },
  };
}

/** Expands a connector. @throws Mistake */
export function expandConnector(source: Source, expansion: Expansion): Made[] {
  const { id, properties } = source;
  const { Source: from, Destination: to } = properties;
  const destinations = listOf(to).map(mapOf);
  if (destinations.length === 0) throw invalidResource(id, "'Destination' is an empty list");
  const made = destinations.flatMap((destination, index) =>
    connect(source, mapOf(from), destination, Array.isArray(to) ? `Destination${index}` : "", expansion),
  );
  const ids = made.map((one) => one.id);
  replaceDependency(expansion.resources, id, ids);
  return made;
}

/** Makes what lets one resource use another. `suffix` follows the logical ids that are made. @throws Mistake */
export function connect(
  connector: Source,
  from: JsonObject,
  to: JsonObject,
  suffix: string,
  expansion: Expansion,
): Made[] {
  const { id, attributes, dependsOn } = connector;
  const { resources, sources } = expansion;
  const source = readConnected(id, from, to, resources);
  const destination = readConnected(id, to, from, resources);
  const profile = PROFILES[source.type]?.[destination.type];
  if (!profile) {
    throw invalidResource(
      id,
      `Unable to create connector from ${source.type} to ${destination.type}; it's not supported or the template is invalid.`,
    );
  }
  const permissions = checkPermissions(connector, source, destination, profile);
  const ends = { Source: source, Destination: destination };
  const made = apply(id, profile, ends, permissions, suffix, expansion);
  const typeOf = (end: Connected) => mapOf(sources[end.id ?? ""]).Type ?? end.type;
  const metadata = {
    "aws:sam:connectors": { [id]: { Source: { Type: typeOf(source) }, Destination: { Type: typeOf(destination) } } },
  };
  for (const one of made) {
    one.attributes = { ...attributes, Metadata: { ...mapOf(attributes.Metadata), ...metadata } };
    one.dependsOn = dependsOn;
  }
  return made;
}

interface Ends {
  readonly Source: Connected;
  readonly Destination: Connected;
}

function checkPermissions(connector: Source, source: Connected, destination: Connected, profile: Profile): string[] {
  const { id, properties } = connector;
  const available = "access" in profile ? Object.keys(profile.access) : ["Write"];
  const permissions = [...new Set(listOf(properties.Permissions).map(String))];
  const between = `Unsupported 'Permissions' provided for connector from ${source.type} to ${destination.type}`;
  if (permissions.length === 0) {
    throw invalidResource(id, `'Permissions' cannot be empty; valid values are: ${available.join(", ")}.`);
  }
  if (!permissions.every((one) => available.includes(one))) {
    throw invalidResource(id, `${between}; valid values are: ${available.join(", ")}.`);
  }
  const combinations = "access" in profile ? profile.combinations : undefined;
  const spelt = (names: readonly string[]) => [...names].sort().join(" + ");
  if (combinations && !combinations.some((one) => spelt(one) === spelt(permissions))) {
    throw invalidResource(id, `${between}; valid combinations are: ${combinations.map(spelt).join(", ")}.`);
  }
  return permissions;
}

function apply(
  id: string,
  profile: Profile,
  ends: Ends,
  permissions: readonly string[],
  suffix: string,
  expansion: Expansion,
): Made[] {
  const text = (pattern: string) => fill(id, pattern, ends);
  const needed = (value: Json | undefined, what: string, end: string): Json => {
    if (says(value)) return value;
    throw invalidResource(id, `Unable to get ${what} from '${end}' resource.`);
  };
  if ("access" in profile) {
    const statements = Object.entries(profile.access).flatMap(([name, grants]) => {
      const filled = grants.map((grant) => statement(grant, text));
      return permissions.includes(name) ? filled : [];
    });
    const policy = make(`${id}Policy${suffix}`, "AWS::IAM::ManagedPolicy", {
      PolicyDocument: { Version: "2012-10-17", Statement: statements },
      Roles: [needed(ends[profile.roleOf].roleName, "IAM role name", profile.roleOf)],
    });
    if (profile.before) putBefore(policy.id, profile.before, ends, expansion);
    return [policy];
  }
  if ("principal" in profile) {
    const { principal, sourceArn, sourceAccount } = profile;
    return [
      make(`${id}WriteLambdaPermission${suffix}`, "AWS::Lambda::Permission", {
        Action: "lambda:InvokeFunction",
        FunctionName: needed(ends.Destination.arn, "Lambda function ARN", "Destination"),
        Principal: principal,
        SourceArn: text(sourceArn),
        SourceAccount: sourceAccount === undefined ? undefined : text(sourceAccount),
      }),
    ];
  }
  const { policyOf, service, action } = profile;
  const document = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: service },
        Resource: text("{Destination.Arn}"),
        Action: action,
        Condition: { ArnEquals: { "aws:SourceArn": text("{Source.Arn}") } },
      },
    ],
  };
  if (policyOf === "topic") {
    const topic = needed(ends.Destination.arn, "SNS topic ARN", "Destination");
    const properties = { PolicyDocument: document, Topics: [topic] };
    return [make(`${id}TopicPolicy${suffix}`, "AWS::SNS::TopicPolicy", properties)];
  }
  const queue = needed(ends.Destination.queueUrl, "SQS queue URL", "Destination");
  const properties = { PolicyDocument: document, Queues: [queue] };
  return [make(`${id}QueuePolicy${suffix}`, "AWS::SQS::QueuePolicy", properties)];
}

function statement([actions, ...resources]: Grant, text: (pattern: string) => Json): JsonObject {
  const [service = "", names = ""] = actions.split(":");
  const action = names.split(/\s+/).map((name) => `${service}:${name}`);
  return { Effect: "Allow", Action: action, Resource: resources.map(text) };
}

const MEMBERS = { Arn: "arn", ResourceId: "resourceId", Name: "name", Qualifier: "qualifier" } as const;

function fill(id: string, pattern: string, ends: Ends): Json {
  const variables: JsonObject = {};
  const memberOf = (end: string, member: string): Json => {
    const value = ends[end as keyof Ends][MEMBERS[member as keyof typeof MEMBERS]];
    if (value === undefined) throw invalidResource(id, `${end}.${member} is missing.`);
    return value;
  };
  const [whole, wholeEnd = "", wholeMember = ""] = /^\{(\w+)\.(\w+)\}$/.exec(pattern) ?? [];
  if (whole !== undefined) return memberOf(wholeEnd, wholeMember);
  const text = pattern.replace(/(?<!\$)\{(\w+)\.(\w+)\}/g, (_, end: string, member: string) => {
    variables[end + member] = memberOf(end, member);
    return `\${${end}${member}}`;
  });
  return says(variables) ? sub(text, variables) : sub(text);
}

/** What reads the source, or the source itself, can be made only when its role may do what it does. */
function putBefore(policyId: string, before: "mapping" | "Source", ends: Ends, { resources }: Expansion): void {
  const { Source: source, Destination: destination } = ends;
  if (source.id === undefined) return;
  const waiting = before === "Source" ? [source.id] : mappingsBetween(source.id, destination.id, resources);
  if (waiting.length !== 1) return;
  const resource = resources[waiting[0] as string];
  if (isObject(resource)) resource.DependsOn = [...new Set([...listOf(resource.DependsOn), policyId])];
}

function mappingsBetween(sourceId: string, functionId: string | undefined, resources: JsonObject): string[] {
  return Object.entries(resources).flatMap(([id, resource]) => {
    const { Type, Properties } = mapOf(resource);
    const { FunctionName, EventSourceArn } = mapOf(Properties);
    const joins = referredId(FunctionName) === functionId && referredId(EventSourceArn) === sourceId;
    return Type === "AWS::Lambda::EventSourceMapping" && functionId !== undefined && joins ? [id] : [];
  });
}
