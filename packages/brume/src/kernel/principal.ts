/** Who performs a call. */

export interface Principal {
  readonly type: "root" | "user" | "role" | "service" | "anonymous";
  readonly account: string;
  /** `arn:aws:iam::…:root`, `…:user/…`, `arn:aws:sts::…:assumed-role/…/…`; for a service its principal's name. */
  readonly arn: string;
  /** As `GetCallerIdentity` answers it. */
  readonly userId: string;
  readonly accessKeyId?: string;
  /** The ARN of the role behind a role session. */
  readonly roleArn?: string;
  readonly session?: Session;
}

/** What a session was begun with, kept for authorization. */
export interface Session {
  readonly policies?: readonly string[] | undefined;
  readonly tags?: Readonly<Record<string, string>>;
  /** The keys of the tags that sessions begun from this one have too. */
  readonly transitiveTagKeys?: readonly string[];
  readonly sourceIdentity?: string | undefined;
}

/** The root of an account. */
export function rootOf(account: string, partition = "aws", accessKeyId?: string): Principal {
  return { type: "root", account, arn: `arn:${partition}:iam::${account}:root`, userId: account, accessKeyId };
}

/** An AWS service that acts in an account, such as `lambda.amazonaws.com`. */
export function servicePrincipal(name: string, account: string): Principal {
  return { type: "service", account, arn: name, userId: name };
}

/** Whoever sends a request without a signature. */
export function anonymous(account: string): Principal {
  return { type: "anonymous", account, arn: "anonymous", userId: "anonymous" };
}
