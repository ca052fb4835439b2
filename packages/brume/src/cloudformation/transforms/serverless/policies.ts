/** The `Policies` property: managed policies, policy documents, and policy templates. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { invalidResource, invalidStructure } from "./errors.js";
import type { ServerlessScope } from "./expansion.js";
import { ifArguments, ifElse, isIntrinsic, isNoValue } from "./intrinsics.js";
import { managedPolicyArn } from "./managed-policies.js";
import { listOf, says } from "./plain.js";
import { fillTemplate, isPolicyTemplate } from "./policy-templates.js";

type PolicyKind = "managed" | "statement" | "template" | "unknown";

/** What a role is to have for its policies. */
export interface Policies {
  readonly managed: Json[];
  readonly inline: Json[];
}

/**
 * The policies of a resource whose role has the id given.
 * @throws Mistake for policies of no known kind
 */
export function readPolicies(id: string, policies: Json | undefined, scope: ServerlessScope): Policies {
  const result: Policies = { managed: [], inline: [] };
  if (!says(policies)) return result;
  for (const [index, policy] of listOf(policies).entries()) {
    const kind = kindOf(policy);
    if (kind === "managed") {
      result.managed.push(within(policy, (one) => (typeof one === "string" ? managedPolicyArn(one, scope) : one)));
    } else if (kind === "unknown") {
      throw invalidResource(id, `Policy at index ${index} in the 'Policies' property is not valid`);
    } else {
      const document = (one: Json) => (kind === "template" ? fillTemplate(id, one as JsonObject) : one);
      const named = (one: Json) => ({ PolicyName: `${id}RolePolicy${index}`, PolicyDocument: document(one) });
      result.inline.push(within(policy, named));
    }
  }
  return result;
}

/** Turns a policy, or what an `Fn::If` has of policies, into something else. */
function within(policy: Json, turn: (one: Json) => Json): Json {
  const parts = ifArguments(policy);
  if (!Array.isArray(parts)) return turn(policy);
  const [condition = "", then = null, otherwise = null] = parts;
  const each = (one: Json) => (isNoValue(one) ? one : turn(one));
  return ifElse(condition, each(then), each(otherwise));
}

function kindOf(policy: Json): PolicyKind {
  if (typeof policy === "string") return "managed";
  const parts = ifArguments(policy);
  if (parts !== undefined) return kindOfEither(parts);
  if (isIntrinsic(policy)) return "managed";
  if (isObject(policy) && policy.Statement !== undefined) return "statement";
  return isObject(policy) && isPolicyTemplate(policy) ? "template" : "unknown";
}

function kindOfEither(parts: Json): PolicyKind {
  if (!Array.isArray(parts) || parts.length !== 3) throw invalidStructure("Fn::If requires 3 arguments");
  const [, then = null, otherwise = null] = parts;
  const [first, second] = [kindOf(then), kindOf(otherwise)];
  if (first === second || isNoValue(otherwise)) return first;
  if (isNoValue(then)) return second;
  throw invalidStructure(
    "Different policy types within the same Fn::If statement is unsupported. Separate different policy types into different Fn::If statements",
  );
}
