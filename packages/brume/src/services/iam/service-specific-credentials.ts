/** The operations on credentials of users for single services that do not take signatures. */

import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomBase64, randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { check, type User, uniqueId } from "./entity.js";
import { page } from "./paging.js";
import { getEntity, limitExceeded, noSuchEntity, users } from "./tables.js";
import { checkStatus, namedUser, type ServiceCredential, serviceCredentials } from "./user-credentials.js";

type Iam = typeof import("@aws-sdk/client-iam");

const DAY_MS = 86_400_000;
const MAX_CREDENTIALS = 2;
/** Services with names and passwords, and those with keys. */
const SERVICES: Readonly<Record<string, "password" | "key">> = {
  "bedrock.amazonaws.com": "key",
  "cassandra.amazonaws.com": "password",
  "codecommit.amazonaws.com": "password",
};

/** What a credential is called: a name to sign in with, or the alias of a key. */
function naming({ service, serviceUserName }: ServiceCredential) {
  return SERVICES[service] === "key"
    ? { ServiceCredentialAlias: serviceUserName }
    : { ServiceUserName: serviceUserName };
}

function listed({ name }: User, credential: ServiceCredential) {
  return {
    UserName: name,
    Status: credential.status,
    ...naming(credential),
    CreateDate: new Date(credential.createdAt),
    ExpirationDate: credential.expiresAt === undefined ? undefined : new Date(credential.expiresAt),
    ServiceSpecificCredentialId: credential.id,
    ServiceName: credential.service,
  };
}

/** The answer to whom a credential is made: only here is its secret shown. */
function withSecret(user: User, credential: ServiceCredential) {
  const secret = randomBase64(32);
  const shown =
    SERVICES[credential.service] === "key" ? { ServiceCredentialSecret: secret } : { ServicePassword: secret };
  return { ServiceSpecificCredential: { ...listed(user, credential), ...shown } };
}

export const createServiceSpecificCredential: Handler<Iam, "CreateServiceSpecificCredential"> = (input, ctx) => {
  const { ServiceName: service = "", CredentialAgeDays: days } = input;
  if (days !== undefined) check("credentialAgeDays", days, { min: 1, max: 36_600 });
  const user = getEntity(ctx, "user", input.UserName);
  if (!Object.hasOwn(SERVICES, service)) {
    throw new AwsError(
      "ServiceNotSupportedException",
      `No such service ${service} is supported for Service Specific Credentials.`,
    );
  }
  const table = ctx.table(serviceCredentials);
  const others = table.rows({ prefix: [user.id] }).filter((one) => one.service === service);
  if (others.length >= MAX_CREDENTIALS)
    throw limitExceeded(`Cannot exceed quota for ServiceSpecificCredentialsPerUser: ${MAX_CREDENTIALS}`);
  const base =
    SERVICES[service] === "key" ? `BedrockAPIKey-${randomLower(4)}` : user.name + (others.length > 0 ? "+1" : "");
  const credential: ServiceCredential = {
    id: uniqueId("ACCA"),
    service,
    serviceUserName: `${base}-at-${ctx.account}`,
    status: "Active",
    createdAt: ctx.now(),
    expiresAt: days === undefined ? undefined : ctx.now() + days * DAY_MS,
  };
  table.put([user.id, credential.id], credential);
  return withSecret(user, credential);
};

export const listServiceSpecificCredentials: Handler<Iam, "ListServiceSpecificCredentials"> = (input, ctx) => {
  const asked = input.AllUsers ? ctx.table(users).rows() : [namedUser(ctx, input.UserName)];
  const found = asked.flatMap((user) =>
    ctx
      .table(serviceCredentials)
      .rows({ prefix: [user.id] })
      .filter(({ service }) => input.ServiceName === undefined || service === input.ServiceName)
      .map((credential) => listed(user, credential)),
  );
  const { items, ...more } = page(found, ({ ServiceSpecificCredentialId: id }) => id, input);
  return { ServiceSpecificCredentials: items, ...more };
};

function getCredential(ctx: Context, userName: string | undefined, id: string | undefined) {
  const user = namedUser(ctx, userName);
  const credential = id ? ctx.table(serviceCredentials).get(user.id, id) : undefined;
  if (!credential) throw noSuchEntity(`No such credential ${id} exists`);
  return { user, credential };
}

export const updateServiceSpecificCredential: Handler<Iam, "UpdateServiceSpecificCredential"> = (input, ctx) => {
  const status = checkStatus(input.Status);
  const { user, credential } = getCredential(ctx, input.UserName, input.ServiceSpecificCredentialId);
  ctx.table(serviceCredentials).put([user.id, credential.id], { ...credential, status });
  return {};
};

export const resetServiceSpecificCredential: Handler<Iam, "ResetServiceSpecificCredential"> = (input, ctx) => {
  const { user, credential } = getCredential(ctx, input.UserName, input.ServiceSpecificCredentialId);
  return withSecret(user, credential);
};

export const deleteServiceSpecificCredential: Handler<Iam, "DeleteServiceSpecificCredential"> = (input, ctx) => {
  const { user, credential } = getCredential(ctx, input.UserName, input.ServiceSpecificCredentialId);
  ctx.table(serviceCredentials).delete(user.id, credential.id);
  return {};
};
