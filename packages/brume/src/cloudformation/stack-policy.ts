/**
 * Stack policies: which updates of which resources a stack allows.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
 */
import { matchesWildcard } from "../kernel/wildcard.js";
import { invalidTemplate } from "./template/errors.js";

/** The actions that a stack policy speaks of. */
export type UpdateAction = "Update:Modify" | "Update:Replace" | "Update:Delete";

interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action?: string | string[];
  readonly NotAction?: string | string[];
  readonly Principal?: unknown;
  readonly Resource?: string | string[];
  readonly NotResource?: string | string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
}

const MAX_BYTES = 16_384;
const CONDITIONS: Readonly<Record<string, (pattern: string, text: string) => boolean>> = {
  StringEquals: (pattern, text) => pattern === text,
  StringLike: matchesWildcard,
};

/** Parses a stack policy. @throws AwsError `ValidationError` */
export function parseStackPolicy(text: string): readonly Statement[] {
  const invalid = (detail: string) => invalidTemplate(`Error validating stack policy: ${detail}`);
  if (Buffer.byteLength(text) > MAX_BYTES) throw invalid(`Policy body is longer than ${MAX_BYTES} bytes`);
  let parsed: { Statement?: unknown };
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalid("Invalid JSON");
  }
  if (typeof parsed !== "object" || parsed === null || parsed.Statement === undefined)
    throw invalid("Policy has no Statement");
  const statements = [parsed.Statement].flat() as Statement[];
  for (const [index, statement] of statements.entries()) {
    const problem = problemOf(statement);
    if (problem !== undefined) throw invalid(`Statement [#${index + 1}] ${problem}`);
  }
  return statements;
}

function problemOf(statement: Statement): string | undefined {
  if (typeof statement !== "object" || statement === null) return "is not an object";
  if (statement.Effect !== "Allow" && statement.Effect !== "Deny") return "has an Effect that is not Allow or Deny";
  if ((statement.Action === undefined) === (statement.NotAction === undefined))
    return "needs one of Action and NotAction";
  if ((statement.Resource === undefined) === (statement.NotResource === undefined))
    return "needs one of Resource and NotResource";
  if (statement.Principal !== "*") return "has a Principal that is not *";
  const resources = [statement.Resource ?? statement.NotResource ?? []].flat();
  const odd = resources.find((one) => one !== "*" && !/^LogicalResourceId\/./.test(String(one)));
  if (odd !== undefined) return `names ${odd}, which is not * or LogicalResourceId/…`;
  const operators = Object.entries(statement.Condition ?? {});
  const unknown = operators.find(
    ([operator, keys]) => !CONDITIONS[operator] || Object.keys(keys).join() !== "ResourceType",
  );
  return unknown && `has a condition that is not of StringEquals or StringLike on ResourceType`;
}

/** Why a policy forbids an update of a resource; `undefined` when it allows it. */
export function deniedBy(
  statements: readonly Statement[],
  action: UpdateAction,
  { logicalId, type }: { logicalId: string; type: string },
): string | undefined {
  const resource = `LogicalResourceId/${logicalId}`;
  const matching = statements
    .map((statement, index) => ({ statement, number: index + 1 }))
    .filter(({ statement }) => applies(statement, action, resource, type));
  const denial = matching.find(({ statement }) => statement.Effect === "Deny");
  if (denial) {
    const actions = [denial.statement.Action ?? action].flat().join(", ");
    return `Action denied by stack policy: Statement [#${denial.number}] does not allow [${actions}] for resource [${resource}]`;
  }
  if (matching.length > 0) return undefined;
  return `Action denied by stack policy: No statement allows [${action}] for resource [${resource}]`;
}

function applies(statement: Statement, action: UpdateAction, resource: string, type: string): boolean {
  const matches = (patterns: string | string[], text: string) =>
    [patterns].flat().some((pattern) => matchesWildcard(pattern, text));
  const { Action, NotAction, Resource, NotResource, Condition = {} } = statement;
  return (
    (Action === undefined ? !matches(NotAction ?? [], action) : matches(Action, action)) &&
    (Resource === undefined ? !matches(NotResource ?? [], resource) : matches(Resource, resource)) &&
    Object.entries(Condition).every(([operator, { ResourceType = [] }]) =>
      [ResourceType].flat().some((pattern) => CONDITIONS[operator]?.(pattern, type)),
    )
  );
}
