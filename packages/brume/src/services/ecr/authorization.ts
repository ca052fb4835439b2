/** Passwords for the registry, and links to its layers: both say what they are good for, and are signed by this cloud. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Context } from "../../kernel/context.js";
import { randomHex } from "../../kernel/identifiers.js";
import type { Principal } from "../../kernel/principal.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { invalid, registryHost } from "./repository.js";

type Ecr = typeof import("@aws-sdk/client-ecr");

const TOKEN_MS = 12 * 60 * 60 * 1000;
const LINK_MS = 60 * 60 * 1000;
const MAX_REGISTRIES = 10;

/** [] */
const secrets = defineTable<string>("ecr/secret", "cloud");

/** What a password opens, and for whom. */
export interface Pass {
  readonly account: string;
  readonly region: string;
  readonly principal: Principal;
  readonly expiresAt: number;
}

/** The key that this cloud signs with, made when it is first needed. */
function secret(ctx: Context): string {
  const table = ctx.table(secrets);
  const known = table.get("key");
  if (known !== undefined) return known;
  const key = randomHex(64);
  table.put(["key"], key);
  return key;
}

const sign = (ctx: Context, text: string) => createHmac("sha256", secret(ctx)).update(text).digest("base64url");

function isSignedBy(ctx: Context, text: string, signature: string): boolean {
  const expected = Buffer.from(sign(ctx, text));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function passwordFor(ctx: Context, pass: Pass): string {
  const payload = Buffer.from(JSON.stringify(pass)).toString("base64");
  const token = { payload, datakey: sign(ctx, payload), version: "2", type: "DATA_KEY", expiration: pass.expiresAt };
  return Buffer.from(JSON.stringify(token)).toString("base64");
}

/** What a password is good for; `undefined` for one that is not from this cloud. Whether it has expired is not asked. */
export function readPassword(ctx: Context, password: string): Pass | undefined {
  try {
    const { payload, datakey } = JSON.parse(Buffer.from(password, "base64").toString()) as Record<string, unknown>;
    if (typeof payload !== "string" || typeof datakey !== "string" || !isSignedBy(ctx, payload, datakey))
      return undefined;
    return JSON.parse(Buffer.from(payload, "base64").toString()) as Pass;
  } catch {
    return undefined;
  }
}

export const getAuthorizationToken: Handler<Ecr, "GetAuthorizationToken"> = (input, ctx) => {
  const asked = input.registryIds ?? [];
  if (asked.length > MAX_REGISTRIES) throw invalid("registryIds", "must have length less than or equal to 10");
  for (const id of asked)
    if (!/^\d{12}$/.test(id)) throw invalid("registryIds", "must satisfy regular expression '[0-9]{12}'");
  const expiresAt = ctx.now() + TOKEN_MS;
  const { principal, region } = ctx;
  return {
    authorizationData: (asked.length > 0 ? asked : [ctx.account]).map((account) => ({
      authorizationToken: Buffer.from(`AWS:${passwordFor(ctx, { account, region, principal, expiresAt })}`).toString(
        "base64",
      ),
      expiresAt: new Date(expiresAt),
      proxyEndpoint: `https://${registryHost(ctx, account)}`,
    })),
  };
};

/** Where a layer can be downloaded for an hour, by whoever has the link. */
export function layerUrl(ctx: Context, digest: string): string {
  const expires = ctx.now() + LINK_MS;
  return `${ctx.cloud.endpoint}/_aws/ecr-layer/${digest}?expires=${expires}&signature=${sign(ctx, `${digest} ${expires}`)}`;
}

/** Whether a link to a layer is one of ours, and still good. */
export function isLayerUrl(ctx: Context, digest: string, query: URLSearchParams): boolean {
  const expires = query.get("expires") ?? "";
  return isSignedBy(ctx, `${digest} ${expires}`, query.get("signature") ?? "") && Number(expires) > ctx.now();
}
