/** The execution roles that SAM makes for functions and state machines. */
import type { Json } from "../../../kernel/resource.js";
import type { JsonObject } from "../../template/template.js";
import { type Made, make, type ServerlessScope } from "./expansion.js";
import { listOf, same, says } from "./plain.js";
import { readPolicies } from "./policies.js";

export interface RoleSettings {
  readonly trust: Json;
  /** ARNs of managed policies that the role has in any case. */
  readonly managed: readonly Json[];
  /** Inline policies that come before those of the resource. */
  readonly inline: readonly Json[];
  readonly policies: Json | undefined;
  readonly path: Json | undefined;
  readonly boundary: Json | undefined;
  readonly tags: Json | undefined;
}

/** Makes the role of a resource. */
export function makeRole(id: string, attributes: JsonObject, settings: RoleSettings, scope: ServerlessScope): Made {
  const { managed, inline } = readPolicies(id, settings.policies, scope);
  const arns: Json[] = [...settings.managed];
  for (const arn of managed) if (!arns.some((one) => same(one, arn))) arns.push(arn);
  const documents = [...settings.inline, ...inline];
  return make(
    `${id}Role`,
    "AWS::IAM::Role",
    {
      AssumeRolePolicyDocument: settings.trust,
      ManagedPolicyArns: arns,
      Path: settings.path,
      Policies: documents.length > 0 ? documents : undefined,
      PermissionsBoundary: settings.boundary,
      Tags: settings.tags,
    },
    attributes,
  );
}

/** Adds a managed policy to a role that does not have it. */
export function attachManaged(role: Made, arn: string): void {
  const arns = listOf(role.properties.ManagedPolicyArns);
  if (!arns.includes(arn)) role.properties.ManagedPolicyArns = [...arns, arn];
}

/** Adds an inline policy to a role that has none with the same document. */
export function attachInline(role: Made, policy: JsonObject): void {
  const policies = listOf(role.properties.Policies);
  const documentOf = (one: Json | undefined) => (one as JsonObject | undefined)?.PolicyDocument;
  if (policies.some((one) => same(documentOf(one), documentOf(policy)))) return;
  if (says(documentOf(policy))) role.properties.Policies = [...policies, policy];
}
