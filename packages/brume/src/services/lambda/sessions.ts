/** The credentials that functions act with: sessions of their roles, issued by this cloud. */
import { deleteAccessKey, putAccessKey } from "../../kernel/access-keys.js";
import type { Cloud } from "../../kernel/cloud.js";
import { derived, randomBase32, randomBase64 } from "../../kernel/identifiers.js";
import { type Principal, servicePrincipal } from "../../kernel/principal.js";

const LIFETIME_MS = 12 * 60 * 60 * 1000;
/** A session is used for new environments until it has less than this left. */
const RESERVE_MS = 6 * 60 * 60 * 1000;

/** A session of a function's role. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: number;
  readonly principal: Principal;
}

export class Sessions {
  readonly #cloud: Cloud;
  readonly #sessions = new Map<string, Session>();
  readonly #issued: string[] = [];

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  /** A session with hours to live, named after the function. */
  async get(roleArn: string, region: string, functionName: string): Promise<Session> {
    const key = `${roleArn} ${functionName}`;
    const known = this.#sessions.get(key);
    if (known && this.isFresh(known)) return known;
    const session = await this.#issue(roleArn, region, functionName);
    this.#sessions.set(key, session);
    return session;
  }

  /** Whether a session will outlive any invocation that begins now. */
  isFresh(session: Session): boolean {
    return session.expiresAt - this.#cloud.clock.now() > RESERVE_MS;
  }

  async #issue(roleArn: string, region: string, functionName: string): Promise<Session> {
    const [, partition = "aws", , , account = ""] = roleArn.split(":");
    const role = roleArn.slice(roleArn.lastIndexOf("/") + 1);
    const roleId = await this.#roleId(account, region, role, roleArn);
    const session: Session = {
      accessKeyId: `ASIA${randomBase32(16)}`,
      secretAccessKey: randomBase64(30),
      sessionToken: randomBase64(180),
      expiresAt: this.#cloud.clock.now() + LIFETIME_MS,
      principal: {
        type: "role",
        account,
        arn: `arn:${partition}:sts::${account}:assumed-role/${role}/${functionName}`,
        userId: `${roleId}:${functionName}`,
        roleArn,
      },
    };
    const transaction = this.#cloud.store.begin();
    putAccessKey(transaction, { ...session, active: true });
    transaction.commit();
    this.#issued.push(session.accessKeyId);
    return session;
  }

  async #roleId(account: string, region: string, RoleName: string, arn: string): Promise<string> {
    const principal = servicePrincipal("lambda.amazonaws.com", account);
    try {
      const { Role } = await this.#cloud.call<{ Role?: { RoleId?: string } }>(
        "iam",
        "GetRole",
        { RoleName },
        { account, region, principal },
      );
      if (Role?.RoleId) return Role.RoleId;
    } catch {
      // Differs from AWS: a function may name a role that is not there. Its session then has an id made from the ARN.
    }
    return `AROA${derived(arn, 17)}`;
  }

  /** Takes all keys back. */
  revoke(): void {
    const transaction = this.#cloud.store.begin();
    for (const id of this.#issued.splice(0)) deleteAccessKey(transaction, id);
    transaction.commit();
  }
}
