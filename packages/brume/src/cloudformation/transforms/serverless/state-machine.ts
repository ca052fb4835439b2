/** `AWS::Serverless::StateMachine`: a state machine, its role, version, alias and events. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { definitionLocation } from "./code-location.js";
import { invalidResource } from "./errors.js";
import { expandStateMachineEvents } from "./events/state-machine-events.js";
import { type Expansion, type Made, make, makeInPlace, propagateTags, type Source } from "./expansion.js";
import { getAtt, isIntrinsic, ref } from "./intrinsics.js";
import { tracingPolicy } from "./managed-policies.js";
import { listOf, mapOf, says, tagList } from "./plain.js";
import { trustPolicy } from "./policy-documents.js";
import { makeRole } from "./role.js";

/** Expands a state machine. @throws Mistake */
export function expandStateMachine(source: Source, expansion: Expansion): Made[] {
  const { id, properties } = source;
  const tags = [{ Key: "stateMachine:createdBy", Value: "SAM" }, ...tagList(properties.Tags)];
  const machine = makeInPlace(source, "AWS::StepFunctions::StateMachine", {
    ...definitionOf(source),
    StateMachineName: properties.Name,
    StateMachineType: properties.Type,
    LoggingConfiguration: properties.Logging,
    TracingConfiguration: properties.Tracing,
    Tags: tags,
  });
  const made = [machine];
  if (says(properties.Role) && says(properties.Policies)) {
    throw invalidResource(id, "Specify either 'Role' or 'Policies' (but not both at the same time) or neither of them");
  }
  if (says(properties.Role)) machine.properties.RoleArn = properties.Role;
  else {
    const role = makeExecutionRole(source, tags, expansion);
    machine.properties.RoleArn = getAtt(role.id, "Arn");
    made.push(role);
  }
  const published = makeVersionAndAlias(source);
  made.push(...published);
  const alias = says(properties.UseAliasAsEventTarget) ? published[1] : undefined;
  made.push(...expandStateMachineEvents(source, alias?.id ?? id, expansion));
  propagateTags(made, properties.Tags, properties.PropagateTags);
  return made;
}

function definitionOf({ id, properties }: Source): JsonObject {
  const { Definition: definition, DefinitionUri: uri, DefinitionSubstitutions: given } = properties;
  if (says(definition) && says(uri)) {
    throw invalidResource(id, "Specify either 'Definition' or 'DefinitionUri' property and not both.");
  }
  const written: JsonObject = says(given) ? { ...mapOf(given) } : {};
  if (says(definition)) {
    const substitutions: JsonObject = {};
    const text = JSON.stringify(substitute(definition, substitutions), null, 4);
    const all = { ...written, ...substitutions };
    return {
      DefinitionString: { "Fn::Join": ["\n", text.split("\n")] },
      ...(says(all) ? { DefinitionSubstitutions: all } : {}),
    };
  }
  if (!says(uri)) throw invalidResource(id, "Either 'Definition' or 'DefinitionUri' property must be specified.");
  return {
    DefinitionS3Location: definitionLocation(uri, id, "DefinitionUri"),
    ...(says(written) ? { DefinitionSubstitutions: written } : {}),
  };
}

/** A definition with sorted keys whose functions and dynamic references are substitutions; `found` gathers those. */
function substitute(value: Json, found: JsonObject): Json {
  if (isIntrinsic(value) || (typeof value === "string" && /^\s*\{\{resolve:([a-z-]+):(.+)\}\}\s*$/.test(value))) {
    const name = `definition_substitution_${Object.keys(found).length + 1}`;
    found[name] = value;
    return `\${${name}}`;
  }
  if (Array.isArray(value)) return value.map((item) => substitute(item, found));
  if (!isObject(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, substitute(value[key] as Json, found)]));
}

function makeExecutionRole({ id, properties, shared }: Source, tags: Json[], { scope }: Expansion): Made {
  const traced = mapOf(properties.Tracing).Enabled === true;
  return makeRole(
    id,
    shared,
    {
      trust: trustPolicy("states.amazonaws.com"),
      managed: [],
      inline: [],
      policies: [...listOf(properties.Policies), ...(traced ? [tracingPolicy(scope)] : [])],
      path: properties.RolePath,
      boundary: properties.PermissionsBoundary,
      tags,
    },
    scope,
  );
}

function makeVersionAndAlias({ id, properties, shared }: Source): Made[] {
  const { AutoPublishAlias: name, DeploymentPreference: preference } = properties;
  if (!says(name)) {
    for (const property of ["UseAliasAsEventTarget", "DeploymentPreference"]) {
      if (!says(properties[property])) continue;
      throw invalidResource(id, `'${property}' requires 'AutoPublishAlias' property to be specified.`);
    }
    return [];
  }
  const version = make(
    `${id}Version`,
    "AWS::StepFunctions::StateMachineVersion",
    { StateMachineArn: ref(id), StateMachineRevisionId: getAtt(id, "StateMachineRevisionId") },
    { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain", ...shared },
  );
  const deployment = says(preference) ? mapOf(preference) : { Type: "ALL_AT_ONCE" };
  const alias = make(
    `${id}Alias${String(name)}`,
    "AWS::StepFunctions::StateMachineAlias",
    { Name: name, DeploymentPreference: { ...deployment, StateMachineVersionArn: ref(version.id) } },
    shared,
  );
  return [version, alias];
}
