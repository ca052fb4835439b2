/** The checks that IAM makes of a policy document before it stores it. */
import { AwsError } from "../../kernel/errors.js";

interface Statement {
  Sid?: unknown;
  Effect?: unknown;
  Principal?: unknown;
  NotPrincipal?: unknown;
  Action?: unknown;
  NotAction?: unknown;
  Resource?: unknown;
  NotResource?: unknown;
  Condition?: unknown;
}

const MEMBERS = new Set(["Version", "Id", "Statement"]);
const STATEMENT_MEMBERS = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);
const VERSIONS = ["2012-10-17", "2008-10-17"];

const malformed = (message: string) => new AwsError("MalformedPolicyDocumentException", message);
const syntaxErrors = () => malformed("Syntax errors in policy.");

/** Checks an identity-based policy, or (`trust`) who may assume a role. @throws AwsError `MalformedPolicyDocument` */
export function checkDocument(text: string | undefined, kind: "identity" | "trust"): string {
  if (!text) throw malformed("Policy document should not be empty.");
  const document = parse(text);
  if (Object.keys(document).some((key) => !MEMBERS.has(key))) throw syntaxErrors();
  const { Version: version, Statement } = document as { Version?: unknown; Statement?: unknown };
  if (version !== undefined && !VERSIONS.includes(String(version))) {
    throw malformed(`Policy document must be version 2012-10-17 or greater.`);
  }
  if (Statement === undefined) throw syntaxErrors();
  const sids = new Set<string>();
  for (const statement of [Statement].flat() as Statement[]) {
    checkStatement(statement, kind);
    if (statement.Sid === undefined) continue;
    const sid = String(statement.Sid);
    if (sid && sids.has(sid)) throw malformed("Statement IDs (SID) in a single policy must be unique.");
    sids.add(sid);
  }
  return text;
}

function parse(text: string): object {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw malformed("This policy contains invalid Json");
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) throw syntaxErrors();
  return document;
}

function checkStatement(statement: Statement, kind: "identity" | "trust"): void {
  if (typeof statement !== "object" || statement === null) throw syntaxErrors();
  if (Object.keys(statement).some((key) => !STATEMENT_MEMBERS.has(key))) throw syntaxErrors();
  const { Effect, Sid, Condition } = statement;
  if (Effect !== "Allow" && Effect !== "Deny") throw syntaxErrors();
  if (Sid !== undefined && typeof Sid !== "string") throw syntaxErrors();
  if (Condition !== undefined && (typeof Condition !== "object" || Condition === null || Array.isArray(Condition)))
    throw syntaxErrors();
  const actions = statement.Action ?? statement.NotAction;
  if (statement.Action !== undefined && statement.NotAction !== undefined) throw syntaxErrors();
  if (statement.Resource !== undefined && statement.NotResource !== undefined) throw syntaxErrors();
  const names = textsOf(actions);
  if (names.length === 0) throw malformed("Policy statement must contain actions.");
  if (names.some((name) => name !== "*" && !/^(\*|[A-Za-z0-9-]+):[A-Za-z0-9*?]*$/.test(name))) {
    throw malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  }
  const named = statement.Principal ?? statement.NotPrincipal;
  if (kind === "trust") {
    if (statement.Resource !== undefined || statement.NotResource !== undefined)
      throw malformed("Has prohibited field Resource");
    if (named === undefined) throw malformed("AssumeRole policy must contain a Principal.");
    if (names.some((name) => name !== "*" && !name.toLowerCase().startsWith("sts:")))
      throw malformed("AssumeRole policy may only specify STS AssumeRole actions.");
    return;
  }
  if (named !== undefined) throw malformed("Policy document should not specify a principal.");
  const resources = textsOf(statement.Resource ?? statement.NotResource);
  if (resources.length === 0) throw malformed("Policy statement must contain resources.");
  const strange = resources.find((resource) => resource !== "*" && !/^(arn|\*|\?)[^:]*:/.test(resource));
  if (strange !== undefined) throw malformed(`Resource ${strange} must be in ARN format or "*".`);
}

function textsOf(value: unknown): string[] {
  if (value === undefined) return [];
  const texts = [value].flat();
  if (texts.some((text) => typeof text !== "string")) throw syntaxErrors();
  return texts as string[];
}
