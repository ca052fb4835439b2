/** `AWS::Serverless::Function`: the function, its role, version, alias, URL, destinations and events. */
import type { Json } from "../../../kernel/resource.js";
import type { JsonObject } from "../../template/template.js";
import { noteDeploymentPreference } from "./deployment-preference.js";
import { EventMistake, expectText, invalidResource } from "./errors.js";
import { makeEventInvokeConfig } from "./event-invoke-config.js";
import { expandFunctionEvents } from "./events/function-events.js";
import { type Expansion, type Made, makeInPlace, propagateTags, type Source } from "./expansion.js";
import { functionCode } from "./function-code.js";
import { makeUrl } from "./function-url.js";
import { makeVersionAndAlias } from "./function-version.js";
import { getAtt, ifArguments, ifElse, isNoValue, not } from "./intrinsics.js";
import { managedPolicyArn, tracingPolicy } from "./managed-policies.js";
import { resolveParameters } from "./parameters.js";
import { compact, mapOf, pick, says, shown, tagList } from "./plain.js";
import { deadLetterPolicy, trustPolicy } from "./policy-documents.js";
import { makeRole } from "./role.js";

/** Properties that go to the function as they are. */
const SAME = [
  "FunctionName",
  "Handler",
  "Runtime",
  "Description",
  "MemorySize",
  "Timeout",
  "VpcConfig",
  "Role",
  "Environment",
  "KmsKeyArn",
  "ReservedConcurrentExecutions",
  "Layers",
  "FileSystemConfigs",
  "ImageConfig",
  "PackageType",
  "Architectures",
  "SnapStart",
  "EphemeralStorage",
  "CodeSigningConfigArn",
  "RuntimeManagementConfig",
  "LoggingConfig",
  "TenancyConfig",
  "RecursiveLoop",
  "DurableConfig",
  "PublishToLatestPublished",
];

const DEAD_LETTER_ACTIONS: Readonly<Record<string, string>> = { SQS: "sqs:SendMessage", SNS: "sns:Publish" };

/** Tags that SAM sets itself. */
const RESERVED_TAGS = ["lambda:createdBy", "serverlessrepo:applicationId", "serverlessrepo:semanticVersion"];

/** Expands a function. @throws Mistake */
export function expandFunction(source: Source, expansion: Expansion): Made[] {
  const { id, properties } = source;
  checkCombinations(source);
  checkDeadLetterQueue(source);
  const made: Made[] = [];
  const fn = makeFunction(source, expansion);
  made.push(fn);
  const { version, alias, name: aliasName } = makeVersionAndAlias(source, fn, expansion);
  if (version && alias) made.push(version, alias);
  made.push(...makeUrl(source, alias));
  noteDeploymentPreference(source, alias, expansion);
  const invoke = makeEventInvokeConfig(source, alias, aliasName, expansion);
  made.push(...invoke.made);
  const role = makeExecutionRole(source, invoke.policies, expansion);
  if (placeRole(source, fn, role, expansion)) made.push(role);
  try {
    made.push(...expandFunctionEvents(source, fn, alias, role, expansion));
  } catch (error) {
    if (error instanceof EventMistake) throw invalidResource(id, error.message);
    throw error;
  }
  propagateTags(made, properties.Tags, properties.PropagateTags);
  return made;
}

function checkCombinations({ id, properties }: Source): void {
  const given = (name: string) => properties[name] !== undefined;
  const problems: string[] = [];
  for (const other of ["ProvisionedConcurrencyConfig", "VpcConfig"]) {
    if (given("CapacityProviderConfig") && given(other)) {
      problems.push(`Cannot specify 'CapacityProviderConfig' and '${other}' together.`);
    }
  }
  const needs: readonly (readonly [string, string])[] = [
    ["FunctionScalingConfig", "CapacityProviderConfig"],
    ["VersionDeletionPolicy", "AutoPublishAlias"],
  ];
  for (const [name, needed] of needs) {
    if (given(name) && !given(needed)) problems.push(`'${name}' requires '${needed}'.`);
  }
  if (problems.length > 0) throw invalidResource(id, problems.join("\n"));
  if (says(properties.TenancyConfig)) checkTenancy(id, properties);
  if (says(properties.ProvisionedConcurrencyConfig) && !says(properties.AutoPublishAlias)) {
    throw invalidResource(id, "To set ProvisionedConcurrencyConfig AutoPublishALias must be defined on the function");
  }
}

/** What functions with tenants of their own cannot have, and how the mistake calls it. */
const NOT_WITH_TENANTS: readonly (readonly [property: string, name: string])[] = [
  ["ProvisionedConcurrencyConfig", "Provisioned concurrency"],
  ["FunctionUrlConfig", "Function URL"],
  ["SnapStart", "SnapStart"],
];

function checkTenancy(id: string, properties: JsonObject): void {
  const refused = "is not supported for functions enabled with tenancy configuration.";
  for (const [property, name] of NOT_WITH_TENANTS) {
    if (says(properties[property])) throw invalidResource(id, `${name} ${refused}`);
  }
  for (const event of Object.values(mapOf(properties.Events))) {
    const type = mapOf(event).Type;
    if (type === "Api" || type === "HttpApi") continue;
    throw invalidResource(
      id,
      `Event source '${shown(type)}' ${refused} Only Api and HttpApi event sources are supported.`,
    );
  }
}

function checkDeadLetterQueue({ id, properties }: Source): void {
  if (!says(properties.DeadLetterQueue)) return;
  const { Type: type, TargetArn: target } = mapOf(properties.DeadLetterQueue);
  if (!says(type) || !says(target)) {
    throw invalidResource(id, "'DeadLetterQueue' requires Type and TargetArn properties to be specified.");
  }
  if (DEAD_LETTER_ACTIONS[expectText(type, { id, path: "DeadLetterQueue.Type" })] === undefined) {
    throw invalidResource(id, "'DeadLetterQueue' requires Type of ['SQS', 'SNS']");
  }
}

/** The tags of what SAM makes for Lambda. @throws Mistake for tags that SAM sets itself */
export function lambdaTags({ id, properties }: Source, added: JsonObject = {}): Json[] {
  const reserved = RESERVED_TAGS.find((name) => Object.hasOwn(mapOf(properties.Tags), name));
  if (reserved !== undefined) {
    throw invalidResource(
      id,
      `${reserved} is a reserved Tag key name and cannot be set on your resource. Please change the tag key in the input.`,
    );
  }
  return tagList({ "lambda:createdBy": "SAM", ...added, ...mapOf(properties.Tags) });
}

function isTraced({ properties }: Source, { known }: Expansion): boolean {
  return says(properties.Tracing) && resolveParameters(properties.Tracing, known) !== "Disabled";
}

function makeFunction(source: Source, expansion: Expansion): Made {
  const { id, properties } = source;
  const made = makeInPlace(source, "AWS::Lambda::Function", {
    Code: functionCode(source),
    DeadLetterConfig: says(properties.DeadLetterQueue)
      ? compact({ TargetArn: mapOf(properties.DeadLetterQueue).TargetArn })
      : undefined,
    ...pick(properties, SAME),
    Tags: lambdaTags(source),
    TracingConfig: isTraced(source, expansion) ? { Mode: properties.Tracing as Json } : undefined,
    CapacityProviderConfig: capacityProvider(id, properties.CapacityProviderConfig),
    FunctionScalingConfig: properties.FunctionScalingConfig,
  });
  checkPackageType(made);
  return made;
}

function capacityProvider(id: string, config: Json | undefined): JsonObject | undefined {
  if (!says(config)) return undefined;
  const { Arn, PerExecutionEnvironmentMaxConcurrency, ExecutionEnvironmentMemoryGiBPerVCpu } = mapOf(config);
  if (!says(Arn)) throw invalidResource(id, "Invalid CapacityProviderConfig: Arn is required.");
  return {
    LambdaManagedInstancesCapacityProviderConfig: compact({
      CapacityProviderArn: Arn,
      PerExecutionEnvironmentMaxConcurrency,
      ExecutionEnvironmentMemoryGiBPerVCpu,
    }),
  };
}

function checkPackageType({ id, properties }: Made): void {
  const { PackageType = "Zip", Code, Handler, Runtime, Layers, ImageConfig } = properties;
  const image = says(mapOf(Code).ImageUri);
  if (PackageType === "Image") {
    if (says(Handler) || says(Runtime) || says(Layers)) {
      throw invalidResource(id, "Runtime, Handler, Layers cannot be present when PackageType is of type `Image`");
    }
    if (!image) throw invalidResource(id, "ImageUri needs to be present when PackageType is of type `Image`");
    return;
  }
  if (!says(Runtime) || !says(Handler)) {
    throw invalidResource(id, "Runtime and Handler needs to be present when PackageType is of type `Zip`");
  }
  if (image || says(ImageConfig)) {
    throw invalidResource(id, "ImageUri or ImageConfig cannot be present when PackageType is of type `Zip`");
  }
}

function makeExecutionRole(source: Source, invokePolicies: readonly JsonObject[], expansion: Expansion): Made {
  const { id, properties, shared } = source;
  const { scope } = expansion;
  const basic = says(properties.DurableConfig)
    ? "AWSLambdaBasicDurableExecutionRolePolicy"
    : "AWSLambdaBasicExecutionRole";
  const managed = [basic];
  if (isTraced(source, expansion)) managed.push(tracingPolicy(scope));
  if (says(properties.VpcConfig)) managed.push("AWSLambdaVPCAccessExecutionRole");
  const { Type: type, TargetArn: target = null } = mapOf(properties.DeadLetterQueue);
  const deadLetter = says(type) ? [deadLetterPolicy(DEAD_LETTER_ACTIONS[String(type)] ?? "", target)] : [];
  return makeRole(
    id,
    shared,
    {
      trust: properties.AssumeRolePolicyDocument ?? trustPolicy("lambda.amazonaws.com"),
      managed: managed.map((name) => managedPolicyArn(name, scope)),
      inline: [...deadLetter, ...invokePolicies],
      policies: properties.Policies,
      path: properties.RolePath,
      boundary: properties.PermissionsBoundary,
      tags: lambdaTags(source),
    },
    scope,
  );
}

/** Gives a function its role where it does not name one; whether the made role is needed. */
function placeRole({ id, properties }: Source, fn: Made, role: Made, expansion: Expansion): boolean {
  const arn = getAtt(role.id, "Arn");
  const own = properties.Role;
  if (own === undefined || own === null) {
    fn.properties.Role = arn;
    return true;
  }
  if (ifArguments(own) === undefined) return false;
  const parts = ifArguments(resolveParameters(own, expansion.known));
  if (!Array.isArray(parts) || parts.length !== 3) {
    throw invalidResource(id, "Malformed 'Role' property: Fn::If requires 3 arguments.");
  }
  const [condition = "", then = null, otherwise = null] = parts;
  if (isNoValue(then) && isNoValue(otherwise)) {
    fn.properties.Role = arn;
  } else if (isNoValue(then)) {
    fn.properties.Role = ifElse(condition, arn, otherwise);
    role.attributes.Condition = condition;
  } else if (isNoValue(otherwise)) {
    const opposite = `NOT${String(condition)}`;
    fn.properties.Role = ifElse(condition, then, arn);
    role.attributes.Condition = opposite;
    expansion.conditions = { ...expansion.conditions, [opposite]: not(String(condition)) };
  } else return false;
  return true;
}
