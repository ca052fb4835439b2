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
  if (typeof Sid === "string" && !/^[0-9A-Za-z]*$/.test(Sid)) {
    throw malformed(
      "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
    );
  }
  if (Condition !== undefined) checkConditions(Condition);
  const actions = statement.Action ?? statement.NotAction;
  if (statement.Action !== undefined && statement.NotAction !== undefined) throw syntaxErrors();
  if (statement.Resource !== undefined && statement.NotResource !== undefined) throw syntaxErrors();
  const names = textsOf(actions);
  if (names.length === 0) throw malformed("Policy statement must contain actions.");
  for (const name of names) checkAction(name);
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
  for (const resource of resources) checkResource(resource);
}

function checkAction(name: string): void {
  if (name === "*") return;
  const [vendor = "", action, ...more] = name.split(":");
  if (action === undefined)
    throw malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  if (more.length > 0) throw malformed("Actions/Condition can contain only one colon.");
  if (!/^(\*|[A-Za-z0-9-]+)$/.test(vendor)) throw malformed(`Vendor ${vendor} is not valid`);
  if (!/^[A-Za-z0-9*?]*$/.test(action)) throw syntaxErrors();
}

const OPERATORS = new RegExp(
  `^(ForAnyValue:|ForAllValues:)?(${[
    "String(Not)?(Equals|EqualsIgnoreCase|Like)",
    "Numeric(NotEquals|Equals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)",
    "Date(NotEquals|Equals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)",
    "Bool",
    "BinaryEquals",
    "(Not)?IpAddress",
    "Arn(Not)?(Equals|Like)",
    "Null",
  ].join("|")})(IfExists)?$`,
  "i",
);

function checkConditions(conditions: unknown): void {
  if (typeof conditions !== "object" || conditions === null || Array.isArray(conditions)) throw syntaxErrors();
  for (const [operator, keys] of Object.entries(conditions)) {
    if (!OPERATORS.test(operator)) throw syntaxErrors();
    if (typeof keys !== "object" || keys === null || Array.isArray(keys)) throw syntaxErrors();
    if (Object.keys(keys).some((key) => !key.includes(":")))
      throw malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  }
}

const PARTITION = /^(aws(-[a-z]+)*|\*)$/;
const IAM_PATHS = [
  "user/",
  "federated-user/",
  "role/",
  "group/",
  "instance-profile/",
  "mfa/",
  "server-certificate/",
  "policy/",
  "sms-mfa/",
  "saml-provider/",
  "oidc-provider/",
  "report/",
  "access-report/",
];

function checkResource(resource: string): void {
  if (resource === "*") return;
  const [arn, partition = "", vendor = "", region = "", _account, ...rest] = resource.split(":");
  // A pattern may stand for the beginning of an ARN.
  if (arn !== "arn") {
    if (resource.includes(":") && /^[^:]*[*?]/.test(resource)) return;
    throw malformed(`Resource ${resource} must be in ARN format or "*".`);
  }
  if (!PARTITION.test(partition) && !/[*?]/.test(partition))
    throw malformed(`Partition "${partition}" is not valid for resource "${resource}".`);
  if (vendor === "") throw malformed("The policy failed legacy parsing");
  if (vendor === "s3" && !["", "*"].includes(region) && !S3_REGIONAL.test(rest.join(":")))
    throw malformed(`Resource ${resource} can not contain region information.`);
  if (vendor !== "iam") return;
  if (region !== "" && region !== "*") throw malformed(`IAM resource ${resource} cannot contain region information.`);
  const path = rest.join(":");
  if (
    path !== "" &&
    !/^[^/]*[*?$]/.test(path) &&
    path !== "root" &&
    !IAM_PATHS.some((start) => path.startsWith(start))
  ) {
    throw malformed(
      `IAM resource path must either be "*" or start with ${IAM_PATHS.slice(0, -1).join(", ")}, or ${IAM_PATHS.at(-1)}.`,
    );
  }
}

/** What of S3 belongs to a region: buckets and objects do not. */
const S3_REGIONAL = /^(accesspoint|job|storage-lens|storage-lens-group|access-grants)\b/;

function textsOf(value: unknown): string[] {
  if (value === undefined) return [];
  const texts = [value].flat();
  if (texts.some((text) => typeof text !== "string")) throw syntaxErrors();
  return texts as string[];
}

const AWS_PRINCIPAL =
  /^(\*|\d{12}|arn:[\w-]+:(iam|sts)::\d{12}:\S+|arn:[\w-]+:iam::cloudfront:user\/.+|A[A-Z0-9]{15,})$/;
const SERVICE_PRINCIPAL = /^[\w-]+(\.[\w-]+)+$/;

/**
 * Checks a trust policy, and that the principals of the account that it names are there.
 * @param isThere whether there is a user or a role with an ARN, as far as that is known
 * @throws AwsError `MalformedPolicyDocument`
 */
export function checkTrust(text: string | undefined, isThere: (arn: string) => boolean): string {
  const document = JSON.parse(checkDocument(text, "trust")) as { Statement: Statement | Statement[] };
  for (const { Principal, NotPrincipal } of [document.Statement].flat()) {
    const named = Principal ?? NotPrincipal;
    if (named === "*") continue;
    if (typeof named !== "object" || named === null) throw syntaxErrors();
    for (const [kind, value] of Object.entries(named)) {
      if (!["AWS", "Service", "Federated", "CanonicalUser"].includes(kind)) throw syntaxErrors();
      for (const name of textsOf(value)) {
        const isBad =
          (kind === "AWS" && (!AWS_PRINCIPAL.test(name) || !isThere(name))) ||
          (kind === "Service" && !SERVICE_PRINCIPAL.test(name));
        if (isBad) throw malformed(`Invalid principal in policy: "${kind.toUpperCase()}":"${name}"`);
      }
    }
  }
  return text as string;
}
