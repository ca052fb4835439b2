/** Gives the parameters of a template values, by their types, their names and what they allow. */
import type { Place } from "../../packages/brume/src/assembly/cloud-client.js";
import type { JsonObject, ParameterDefinition } from "../../packages/brume/src/cloudformation/template/template.js";
import type { Account } from "./account.js";
import { textFor } from "./pattern.js";
import { mapObjects } from "./references.js";
import { allSampleValues, sampleValue } from "./sample-values.js";

export interface GivenParameter {
  readonly ParameterKey: string;
  readonly ParameterValue: string;
}

/** By what a type's name begins with: what stands for a resource that is there already. */
const TYPES: readonly (readonly [type: RegExp, name: string])[] = [
  [/EC2::VPC::Id/, "Vpc"],
  [/EC2::Subnet::Id/, "Subnet"],
  [/EC2::SecurityGroup::(Id|GroupName)/, "SecurityGroup"],
  [/EC2::Image::Id/, "ImageId"],
  [/EC2::Instance::Id/, "InstanceId"],
  [/EC2::AvailabilityZone::Name/, "AvailabilityZone"],
  [/Route53::HostedZone::Id/, "HostedZoneId"],
];
const SSM_VALUE = /^AWS::SSM::Parameter::Value<(.+)>$/;
const PLAIN_TYPES = new Set(["String", "Number", "CommaDelimitedList", "List<String>", "List<Number>"]);
const LIST_LENGTH = 4;

/** Values for the parameters that have none, or whose default is no value but a word in its place. */
export async function parameterValues(
  account: Account,
  document: JsonObject,
  fixed: Readonly<Record<string, string>>,
): Promise<GivenParameter[]> {
  const given: GivenParameter[] = [];
  const uses = usesOfParameters(document);
  for (const [key, item] of Object.entries((document.Parameters ?? {}) as Record<string, unknown>)) {
    const definition = item as ParameterDefinition;
    const value = fixed[key];
    if (value !== undefined) given.push({ ParameterKey: key, ParameterValue: value });
    else if (definition.Default === undefined)
      given.push({ ParameterKey: key, ParameterValue: await sample(account, nameByUse(key, uses), key, definition) });
  }
  return given;
}

async function sample(account: Account, name: string, key: string, definition: ParameterDefinition): Promise<string> {
  const type = String(definition.Type ?? "String");
  const inner = SSM_VALUE.exec(type)?.[1];
  if (inner !== undefined) {
    const Name = `/sample/${key}`;
    const Value = valueOf(name, { Type: inner }, account.place);
    await account.call("ssm", "PutParameter", { Name, Value, Type: "String", Overwrite: true });
    account.later(() => account.call("ssm", "DeleteParameter", { Name }));
    return Name;
  }
  const value = valueOf(name, { ...definition, Type: type }, account.place);
  return value.startsWith("arn:aws:secretsmanager:") ? secretFor(account, key) : value;
}

/** Makes a secret, with what is usually in secrets. @returns its ARN, of which no one can choose the end */
async function secretFor(account: Account, key: string): Promise<string> {
  const SecretString = JSON.stringify({ username: "sample", password: "sample1234", host: "example.com", port: "443" });
  const made = { Name: `sample-${key}`, SecretString };
  const { ARN } = await account.call<{ ARN: string }>("secrets-manager", "CreateSecret", made);
  const gone = { SecretId: ARN, ForceDeleteWithoutRecovery: true };
  account.later(() => account.call("secrets-manager", "DeleteSecret", gone));
  return ARN;
}

/** The names of the properties that each parameter is the value of. */
function usesOfParameters(document: JsonObject): Map<string, Set<string>> {
  const uses = new Map<string, Set<string>>();
  mapObjects(document, (object, key) => {
    const { Ref: name } = object;
    if (typeof name === "string") uses.set(name, (uses.get(name) ?? new Set()).add(key));
    return object;
  });
  return uses;
}

/** What a parameter is called, where its name says too little: an ARN if it is used as one. */
function nameByUse(key: string, uses: ReadonlyMap<string, ReadonlySet<string>>): string {
  const asArn = [...(uses.get(key) ?? [])].some((property) => /^Resource$|Arns?$/.test(property));
  return asArn && !/arns?$/i.test(key) ? `${key}Arn` : key;
}

/** A value that a definition allows. */
export function valueOf(key: string, definition: ParameterDefinition, place: Place): string {
  const { Type: type, AllowedValues } = definition;
  if (AllowedValues?.length) return String(AllowedValues.find((one) => String(one) !== "") ?? AllowedValues[0]);
  const isNumber = /Number/.test(type);
  if (isNumber) return numberFor(key, definition);
  const named = TYPES.find(([pattern]) => pattern.test(type))?.[1] ?? key;
  const isList = type === "CommaDelimitedList" || type.startsWith("List<");
  // A key that is named has to be there; who has none of his own leaves it out where he may.
  if (/kms/i.test(key) && definition.AllowedPattern && matches(definition.AllowedPattern, "")) return "";
  const one = sampleValue(named, place);
  const candidates = isList && PLAIN_TYPES.has(type) ? [listOf(one), one] : isList ? [listOf(one)] : [one];
  return fitting(definition, candidates, place);
}

function numberFor(key: string, { MinValue, MaxValue }: ParameterDefinition): string {
  if (MinValue !== undefined) return String(MinValue);
  const usual = /port/i.test(key) ? 443 : /memory/i.test(key) ? 512 : /timeout|seconds/i.test(key) ? 30 : 1;
  return String(MaxValue === undefined ? usual : Math.min(usual, Number(MaxValue)));
}

/** Several of a kind: ids that differ in their last digit, and blocks of addresses that do not overlap. */
function listOf(one: string): string {
  return Array.from({ length: LIST_LENGTH }, (_, index) => variant(one, index)).join(",");
}

function variant(one: string, index: number): string {
  if (/^10\.0\.0\.0\/\d+$/.test(one)) return `10.0.${index}.0/24`;
  if (/^[a-z]{2}-[a-z]+-\d[a-z]$/.test(one)) return one.slice(0, -1) + "abcdef"[index];
  if (/^[a-z]+-[0-9a-f]{17}$/.test(one)) return one.slice(0, -1) + index;
  if (/^\d{12}$/.test(one)) return String(Number(one) + index);
  return index === 0 ? one : one.replace(/^(\w+)/, `$1${index}`);
}

/** The first of the candidates, of all samples and of a text made for the pattern that satisfies a definition. */
function fitting(definition: ParameterDefinition, candidates: readonly string[], place: Place): string {
  const { AllowedPattern: pattern, MinLength = 0, MaxLength = Number.MAX_SAFE_INTEGER } = definition;
  const fits = (value: string) =>
    value.length >= Number(MinLength) && value.length <= Number(MaxLength) && matches(pattern, value);
  const lengthened = candidates.map((value) => value.padEnd(Number(MinLength), "0").slice(0, Number(MaxLength)));
  const all = [...candidates, ...lengthened, ...SHORT_VALUES, ...allSampleValues(place)];
  return all.find(fits) ?? (pattern === undefined ? lengthened[0] : textFor(pattern)) ?? "";
}

/** Values of forms that patterns ask for. */
const SHORT_VALUES = [
  "10.0.0.0/16",
  "10.0.0.0/24",
  "sample1234",
  "sample-1234",
  "Sample1234",
  "1",
  "12",
  "1234",
  "123456",
];

function matches(pattern: string | undefined, value: string): boolean {
  if (pattern === undefined) return true;
  try {
    return new RegExp(`^(?:${pattern})$`, "s").test(value);
  } catch {
    return false;
  }
}
