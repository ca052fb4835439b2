/** `DeploymentPreference`: CodeDeploy shifts the traffic of a function's alias. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { invalidResource } from "./errors.js";
import { type Expansion, type Made, make, type Source, toResource } from "./expansion.js";
import { anyOf, getAtt, ifArguments, ifElse, isIntrinsic, isNoValue, ref, sub } from "./intrinsics.js";
import { managedPolicyArn } from "./managed-policies.js";
import { resolveMappings, resolveParameters } from "./parameters.js";
import { compact, listOf, mapOf, says, tagList } from "./plain.js";
import { trustPolicy } from "./policy-documents.js";

const APPLICATION = "ServerlessDeploymentApplication";
const SERVICE_ROLE = "CodeDeployServiceRole";
const SHARED_CONDITION = "ServerlessCodeDeployCondition";

const PREDEFINED = new Set([
  "Canary10Percent5Minutes",
  "Canary10Percent10Minutes",
  "Canary10Percent15Minutes",
  "Canary10Percent30Minutes",
  "Linear10PercentEvery1Minute",
  "Linear10PercentEvery2Minutes",
  "Linear10PercentEvery3Minutes",
  "Linear10PercentEvery10Minutes",
  "AllAtOnce",
]);

/** How one function is deployed. */
export interface DeploymentPreference {
  readonly type: Json;
  readonly hooks: JsonObject;
  readonly alarms: Json | undefined;
  readonly role: Json | undefined;
  readonly triggers: Json | undefined;
  /** The function's condition, where it is passed on. */
  readonly condition: string | undefined;
  readonly tags: JsonObject;
}

/** Reads a function's preference, and gives its alias the update policy that follows it. @throws Mistake */
export function noteDeploymentPreference(source: Source, alias: Made | undefined, expansion: Expansion): void {
  const { id, properties } = source;
  if (!says(properties.DeploymentPreference)) return;
  const preference = mapOf(properties.DeploymentPreference);
  const resolved = (name: string): Json | undefined => {
    const value = preference[name];
    return value === undefined
      ? undefined
      : resolveMappings(resolveParameters(value, expansion.known), expansion.known);
  };
  const passed = toFlag(id, "PassthroughCondition", resolved("PassthroughCondition") ?? false);
  const enabled = resolved("Enabled") ?? true;
  if (!says(enabled) || enabled === "false" || enabled === "False") return;
  const type = resolved("Type");
  if (type === undefined) throw invalidResource(id, "'DeploymentPreference' is missing required Property 'Type'");
  const hooks = preference.Hooks ?? {};
  if (!isObject(hooks)) {
    throw invalidResource(id, "'Hooks' property of 'DeploymentPreference' must be a dictionary");
  }
  expansion.deployments.set(id, {
    type,
    hooks,
    alarms: preference.Alarms,
    role: preference.Role,
    triggers: preference.TriggerConfigurations,
    condition: passed && typeof source.shared.Condition === "string" ? source.shared.Condition : undefined,
    tags: says(properties.PropagateTags) ? mapOf(properties.Tags) : {},
  });
  if (!alias) {
    throw invalidResource(id, "'DeploymentPreference' requires AutoPublishAlias property to be specified.");
  }
  alias.attributes.UpdatePolicy = {
    CodeDeployLambdaAliasUpdate: compact({
      ApplicationName: ref(APPLICATION),
      DeploymentGroupName: ref(groupId(id)),
      BeforeAllowTrafficHook: hooks.PreTraffic,
      AfterAllowTrafficHook: hooks.PostTraffic,
    }),
  };
}

function toFlag(id: string, name: string, value: Json): boolean {
  if (value === true || value === "true" || value === "True") return true;
  if (value === false || value === "false" || value === "False") return false;
  throw invalidResource(
    id,
    isIntrinsic(value)
      ? `Unsupported intrinsic: the only intrinsic functions supported for property ${name} are FindInMap and parameter Refs.`
      : `Invalid value for property ${name}.`,
  );
}

function groupId(functionId: string): string {
  return `${functionId}DeploymentGroup`;
}

/** Adds CodeDeploy's application, role and groups to the result, where a function wants them. */
export function addDeployments(expansion: Expansion): void {
  const { deployments, resources } = expansion;
  if (deployments.size === 0) return;
  const all = [...deployments.values()];
  const attributes = sharedCondition(all, expansion);
  const tags = Object.assign({}, ...all.map((one) => one.tags)) as JsonObject;
  const shared = { Tags: says(tags) ? tagList(tags) : undefined };
  const add = (made: Made) => {
    resources[made.id] = toResource(made);
  };
  add(make(APPLICATION, "AWS::CodeDeploy::Application", { ComputePlatform: "Lambda", ...shared }, attributes));
  if (!all.every(({ role }) => says(role))) {
    const limited = expansion.scope.partition.startsWith("aws-iso") ? "Limited" : "";
    add(
      make(
        SERVICE_ROLE,
        "AWS::IAM::Role",
        {
          AssumeRolePolicyDocument: trustPolicy("codedeploy.amazonaws.com"),
          ManagedPolicyArns: [managedPolicyArn(`AWSCodeDeployRoleForLambda${limited}`, expansion.scope)],
          ...shared,
        },
        attributes,
      ),
    );
  }
  for (const [id, preference] of deployments) add(makeGroup(id, preference));
}

/** The condition of what all deployments share: any of theirs, unless one has none. */
function sharedCondition(all: readonly DeploymentPreference[], expansion: Expansion): JsonObject {
  const conditions = [...new Set(all.map(({ condition }) => condition))];
  const named = conditions.filter((condition) => condition !== undefined);
  if (named.length < conditions.length) return {};
  if (named.length === 1) return { Condition: named[0] as string };
  expansion.conditions = { ...expansion.conditions, ...anyOf(named, SHARED_CONDITION) };
  return { Condition: SHARED_CONDITION };
}

function makeGroup(id: string, preference: DeploymentPreference): Made {
  const { type, alarms, role, triggers, condition, tags } = preference;
  return make(
    groupId(id),
    "AWS::CodeDeploy::DeploymentGroup",
    {
      AlarmConfiguration: alarmConfiguration(id, alarms),
      ApplicationName: ref(APPLICATION),
      AutoRollbackConfiguration: {
        Enabled: true,
        Events: ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
      },
      DeploymentConfigName: configurationName(type),
      DeploymentStyle: { DeploymentType: "BLUE_GREEN", DeploymentOption: "WITH_TRAFFIC_CONTROL" },
      ServiceRoleArn: says(role) ? role : getAtt(SERVICE_ROLE, "Arn"),
      TriggerConfigurations: says(triggers) ? triggers : undefined,
      Tags: says(tags) ? tagList(tags) : undefined,
    },
    condition === undefined ? {} : { Condition: condition },
  );
}

function alarmConfiguration(id: string, alarms: Json | undefined): Json | undefined {
  if (!says(alarms) || isNoValue(alarms)) return undefined;
  const parts = ifArguments(alarms);
  if (parts === undefined) return configurationOf(id, alarms);
  if (!Array.isArray(parts) || parts.length !== 3) throw invalidResource(id, "Fn::If requires 3 arguments");
  const [condition = "", then = null, otherwise = null] = parts;
  return ifElse(condition, configurationOf(id, then), configurationOf(id, otherwise));
}

function configurationOf(id: string, alarms: Json): JsonObject {
  if (!Array.isArray(alarms)) throw invalidResource(id, "Alarms must be a list");
  if (alarms.length === 0 || isNoValue(alarms[0])) return {};
  return { Enabled: true, Alarms: listOf(alarms).map((Name) => ({ Name })) };
}

/** The name of a deployment configuration: those that CodeDeploy predefines have a prefix. */
function configurationName(type: Json, within?: string): Json {
  if (Array.isArray(type)) return type.map((one) => configurationName(one));
  if (isIntrinsic(type)) {
    return Object.fromEntries(Object.entries(type).map(([key, value]) => [key, configurationName(value, key)]));
  }
  if (typeof type !== "string" || !PREDEFINED.has(type)) return type;
  const name = sub("CodeDeployDefault.Lambda${ConfigName}", { ConfigName: type });
  return within === "Fn::Sub" ? (name["Fn::Sub"] as Json) : name;
}
