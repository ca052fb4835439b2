/** The policies that Lambda authorizers answer with, held against the method or route that is called. */
import { matchesWildcard } from "../../../kernel/wildcard.js";

export interface Statement {
  readonly Effect?: string;
  readonly Action?: string | string[];
  readonly Resource?: string | string[];
}

/** What statements say of calling an ARN; `undefined` when they say nothing. A `Deny` outweighs all else. */
export function effectOn(statements: readonly Statement[], arn: string): "Allow" | "Deny" | undefined {
  const covers = (patterns: string | string[] | undefined, text: string, fold = (pattern: string) => pattern) =>
    [patterns ?? []].flat().some((pattern) => matchesWildcard(fold(String(pattern)), text));
  const effects = statements
    .filter(
      ({ Action, Resource }) =>
        covers(Action, "execute-api:invoke", (pattern) => pattern.toLowerCase()) && covers(Resource, arn),
    )
    .map(({ Effect }) => Effect);
  if (effects.includes("Deny")) return "Deny";
  return effects.includes("Allow") ? "Allow" : undefined;
}
