/** What changes change of who may do what: the statements and managed policies that come and go. */
import type { ResourceChange } from "./deploy.js";

export interface IamChange {
  readonly sign: "+" | "-";
  /** The construct path of the resource that says it, or its logical id. */
  readonly of: string;
  /** One line: effect, actions, resources, principal and condition, or the managed policy. */
  readonly text: string;
}

interface Statement {
  readonly Effect?: string;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Condition?: unknown;
}

/** The permissions that changes give and take. */
export function iamChanges(changes: readonly (ResourceChange & { path?: string | undefined })[]): IamChange[] {
  return changes.flatMap((change) => {
    const of = change.path ?? change.LogicalResourceId;
    const before = new Set(permissionsIn(change.ResourceType, change.BeforeContext));
    // What is removed has no context after it.
    const after = new Set(change.Action === "Remove" ? [] : permissionsIn(change.ResourceType, change.AfterContext));
    return [
      ...[...before].filter((text) => !after.has(text)).map((text) => ({ sign: "-", of, text }) as const),
      ...[...after].filter((text) => !before.has(text)).map((text) => ({ sign: "+", of, text }) as const),
    ];
  });
}

function permissionsIn(type: string, context: string | undefined): string[] {
  if (context === undefined) return [];
  const { Properties = {} } = JSON.parse(context) as { Properties?: Record<string, unknown> };
  if (type === "AWS::Lambda::Permission") return [lambdaPermission(Properties)];
  const found: string[] = [];
  collect(Properties, found);
  return found;
}

/** Policy documents wherever they stand, and the managed policies that are attached. */
function collect(value: unknown, found: string[]): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
    return;
  }
  const object = value as Record<string, unknown>;
  const { Statement, ManagedPolicyArns } = object;
  if (Array.isArray(ManagedPolicyArns)) found.push(...ManagedPolicyArns.map((arn) => `managed policy ${listed(arn)}`));
  if (Statement !== undefined) found.push(...([Statement].flat() as Statement[]).map(statementText));
  else for (const item of Object.values(object)) collect(item, found);
}

function statementText(statement: Statement): string {
  const { Effect = "Allow", Action, NotAction, Resource, NotResource, Principal, NotPrincipal, Condition } = statement;
  const parts = [
    Effect,
    Action === undefined ? `not ${listed(NotAction)}` : listed(Action),
    Resource !== undefined && `on ${listed(Resource)}`,
    NotResource !== undefined && `on all but ${listed(NotResource)}`,
    Principal !== undefined && `for ${principalText(Principal)}`,
    NotPrincipal !== undefined && `for all but ${principalText(NotPrincipal)}`,
    Condition !== undefined && `if ${JSON.stringify(Condition)}`,
  ];
  return parts.filter(Boolean).join(" ");
}

function lambdaPermission({
  Action,
  FunctionName,
  Principal,
  SourceArn,
  SourceAccount,
}: Record<string, unknown>): string {
  const from = [SourceArn, SourceAccount].filter((value) => value !== undefined).map(listed);
  const condition = from.length > 0 ? ` if from ${from.join(" of ")}` : "";
  return `Allow ${listed(Action)} on ${listed(FunctionName)} for ${listed(Principal)}${condition}`;
}

function principalText(principal: unknown): string {
  if (typeof principal !== "object" || principal === null) return listed(principal);
  return Object.entries(principal)
    .map(([kind, who]) => `${kind} ${listed(who)}`)
    .join(", ");
}

function listed(value: unknown): string {
  if (Array.isArray(value)) return value.map(listed).join(", ");
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
