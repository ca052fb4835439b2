/** The policies of advanced parameters: when a parameter expires, and who is to be told. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { check } from "./constraints.js";
import type { ParameterVersion } from "./parameter.js";

const MAX_POLICIES = 10;
const HOUR_MS = 3_600_000;
const UNITS: Readonly<Record<string, number>> = { Hours: HOUR_MS, Days: 24 * HOUR_MS };

interface Policy {
  Type: string;
  Version?: string;
  Attributes: Readonly<Record<string, string>>;
}

/** What each type of policy needs. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  Expiration: ["Timestamp"],
  ExpirationNotification: ["Before", "Unit"],
  NoChangeNotification: ["After", "Unit"],
};

const invalidAttribute = (message: string) => new AwsError("InvalidPolicyAttributeException", message);

/** Whether a text has any policy: `[]` and `[{}]` take the policies away. */
export const hasPolicies = (text: string | undefined): boolean =>
  text !== undefined && !["", "[]", "[{}]"].includes(text.replaceAll(/\s/g, ""));

function parse(text: string): Policy[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list as Policy[];
  } catch {
    // Answered below, as for JSON that is no list.
  }
  throw new AwsError("InvalidPolicyTypeException", "The policies are not a valid JSON array.");
}

/** @returns the policies, none if there are none @throws AwsError when they are not such as AWS takes */
export function checkPolicies(ctx: Context, text: string | undefined): string | undefined {
  if (text === undefined || !hasPolicies(text)) return undefined;
  check("policies", text, { min: 1, max: 4096 });
  const policies = parse(text);
  if (policies.length > MAX_POLICIES) {
    throw new AwsError(
      "PoliciesLimitExceededException",
      `You specified more than the maximum number of allowed policies for the parameter. The maximum is ${MAX_POLICIES}.`,
    );
  }
  for (const policy of policies) checkPolicy(ctx, policy);
  const count = (type: string) => policies.filter(({ Type }) => Type === type).length;
  if (count("Expiration") > 1 || (count("ExpirationNotification") > 0 && count("Expiration") === 0)) {
    throw new AwsError(
      "IncompatiblePolicyException",
      "There is a conflict in the policies specified for this parameter. You can't, for example, specify two Expiration policies for a parameter. Review your policies, and try again.",
    );
  }
  return text;
}

function checkPolicy(ctx: Context, { Type, Version = "1.0", Attributes = {} }: Partial<Policy>): void {
  const names = Type === undefined || !Object.hasOwn(ATTRIBUTES, Type) ? undefined : ATTRIBUTES[Type];
  if (!names) {
    throw new AwsError(
      "InvalidPolicyTypeException",
      "The policy type isn't supported. Parameter Store supports the following policy types: Expiration, ExpirationNotification, and NoChangeNotification.",
    );
  }
  if (Version !== "1.0") throw invalidAttribute(`The policy version ${Version} isn't supported.`);
  for (const name of names)
    if (typeof Attributes[name] !== "string") throw invalidAttribute(`The policy attribute ${name} is missing.`);
  const { Timestamp, Unit = "Days", Before = "1", After = "1" } = Attributes;
  if (Timestamp !== undefined && !(Date.parse(Timestamp) > ctx.now()))
    throw invalidAttribute("The Timestamp of an Expiration policy must be a date and time in the future.");
  if (!Object.hasOwn(UNITS, Unit) || ![Before, After].every((count) => /^[1-9]\d{0,4}$/.test(count)))
    throw invalidAttribute("The attributes of a notification policy must be a positive number, and Days or Hours.");
}

/** When a parameter expires, in ms since the epoch; never, if it does not. */
export function expiryOf(policies: string | undefined): number | undefined {
  const found = policies === undefined ? undefined : parse(policies).find(({ Type }) => Type === "Expiration");
  return found && Date.parse(found.Attributes.Timestamp ?? "");
}

/** When a policy takes effect. */
function dueAt({ Type, Attributes }: Policy, { modifiedAt, policies }: ParameterVersion): number {
  const unit = UNITS[Attributes.Unit ?? ""] ?? 0;
  if (Type === "NoChangeNotification") return modifiedAt + Number(Attributes.After) * unit;
  const expiry = expiryOf(policies) ?? 0;
  return Type === "ExpirationNotification" ? expiry - Number(Attributes.Before) * unit : expiry;
}

/** How answers show the policies of a parameter. */
// Differs from AWS: there is no event bus that the notifications could go to.
export function policiesAnswer(ctx: Context, version: ParameterVersion) {
  return (version.policies === undefined ? [] : parse(version.policies)).map((policy) => ({
    PolicyText: JSON.stringify(policy),
    PolicyType: policy.Type,
    PolicyStatus: dueAt(policy, version) <= ctx.now() ? "Finished" : "Pending",
  }));
}
