/** The operations on certificates: those of servers, and those with which users sign. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomUpper } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import {
  check,
  checkName,
  checkPath,
  iamArn,
  removeTags,
  setTags,
  type Tags,
  tagsIfAny,
  type User,
  uniqueId,
} from "./entity.js";
import { claimName, releaseName } from "./names.js";
import { page, tagPage } from "./paging.js";
import { alreadyExists, limitExceeded, noSuchEntity } from "./tables.js";
import { checkStatus, namedUser, type SigningCertificate, signingCertificates } from "./user-credentials.js";

type Iam = typeof import("@aws-sdk/client-iam");

interface ServerCertificate {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly body: string;
  readonly chain?: string | undefined;
  readonly uploadedAt: number;
  readonly expiresAt: number;
  readonly tags: Tags;
}
/** [name] */
export const serverCertificates = defineTable<ServerCertificate>("iam/server-certificates", "account");

const MAX_SERVER_CERTIFICATES = 20;
const MAX_SIGNING_CERTIFICATES = 2;

/** @throws AwsError `MalformedCertificateException` for what is no certificate in PEM */
function parseCertificate(member: string, pem: string | undefined, max: number): X509Certificate {
  check(member, pem, { min: 1, max });
  try {
    return new X509Certificate(pem as string);
  } catch (cause) {
    throw new AwsError(
      "MalformedCertificateException",
      "Unable to parse certificate. Please ensure the certificate is in PEM format.",
      { cause },
    );
  }
}

/** @throws AwsError when a key is none, or is not that of a certificate */
function checkPrivateKey(certificate: X509Certificate, pem: string | undefined): void {
  check("privateKey", pem, { min: 1, max: 16_384 });
  let fits: boolean;
  try {
    fits = certificate.checkPrivateKey(createPrivateKey(pem as string));
  } catch (cause) {
    throw new AwsError("MalformedCertificateException", "Unable to parse key; the body must be encoded in PEM.", {
      cause,
    });
  }
  if (!fits)
    throw new AwsError("KeyPairMismatchException", "The public key certificate and the private key do not match.");
}

function metadata(ctx: Context, certificate: ServerCertificate) {
  return {
    Path: certificate.path,
    ServerCertificateName: certificate.name,
    ServerCertificateId: certificate.id,
    Arn: iamArn(ctx, "server-certificate", certificate.path, certificate.name),
    UploadDate: new Date(certificate.uploadedAt),
    Expiration: new Date(certificate.expiresAt),
  };
}

function getCertificate(ctx: Context, name: string | undefined): ServerCertificate {
  const certificate = name ? ctx.table(serverCertificates).get(name) : undefined;
  if (!certificate) throw noSuchEntity(`The Server Certificate with name ${name} cannot be found.`);
  return certificate;
}

const nameTaken = (name: string) => () => alreadyExists(`The Server Certificate with name ${name} already exists.`);

export const uploadServerCertificate: Handler<Iam, "UploadServerCertificate"> = (input, ctx) => {
  const name = checkName("serverCertificateName", input.ServerCertificateName, 128);
  const path = checkPath(input.Path);
  const parsed = parseCertificate("certificateBody", input.CertificateBody, 16_384);
  checkPrivateKey(parsed, input.PrivateKey);
  if (input.CertificateChain !== undefined) parseCertificate("certificateChain", input.CertificateChain, 2_097_152);
  const tags = setTags({}, input.Tags);
  const table = ctx.table(serverCertificates);
  if (table.count({ limit: MAX_SERVER_CERTIFICATES }) >= MAX_SERVER_CERTIFICATES)
    throw limitExceeded(`Cannot exceed quota for ServerCertificatesPerAccount: ${MAX_SERVER_CERTIFICATES}`);
  claimName(ctx, "server-certificate", name, nameTaken(name));
  const certificate: ServerCertificate = {
    id: uniqueId("ASCA"),
    name,
    path,
    body: input.CertificateBody as string,
    chain: input.CertificateChain,
    uploadedAt: ctx.now(),
    expiresAt: Date.parse(parsed.validTo),
    tags,
  };
  table.put([name], certificate);
  return { ServerCertificateMetadata: metadata(ctx, certificate), Tags: tagsIfAny(tags) };
};

export const getServerCertificate: Handler<Iam, "GetServerCertificate"> = (input, ctx) => {
  const certificate = getCertificate(ctx, input.ServerCertificateName);
  return {
    ServerCertificate: {
      ServerCertificateMetadata: metadata(ctx, certificate),
      CertificateBody: certificate.body,
      CertificateChain: certificate.chain,
      Tags: tagsIfAny(certificate.tags),
    },
  };
};

export const listServerCertificates: Handler<Iam, "ListServerCertificates"> = (input, ctx) => {
  const prefix = input.PathPrefix ?? "/";
  const found = ctx
    .table(serverCertificates)
    .rows()
    .filter(({ path }) => path.startsWith(prefix));
  const { items, ...more } = page(found, ({ name }) => name, input);
  return { ServerCertificateMetadataList: items.map((one) => metadata(ctx, one)), ...more };
};

export const updateServerCertificate: Handler<Iam, "UpdateServerCertificate"> = (input, ctx) => {
  const certificate = getCertificate(ctx, input.ServerCertificateName);
  const { NewServerCertificateName: newName, NewPath: newPath } = input;
  const name = newName === undefined ? certificate.name : checkName("newServerCertificateName", newName, 128);
  const path = newPath === undefined ? certificate.path : checkPath(newPath);
  claimName(ctx, "server-certificate", name, nameTaken(name), certificate.name);
  ctx.table(serverCertificates).delete(certificate.name);
  ctx.table(serverCertificates).put([name], { ...certificate, name, path });
  return {};
};

export const deleteServerCertificate: Handler<Iam, "DeleteServerCertificate"> = (input, ctx) => {
  const { name } = getCertificate(ctx, input.ServerCertificateName);
  releaseName(ctx, "server-certificate", name);
  ctx.table(serverCertificates).delete(name);
  return {};
};

function putTags(ctx: Context, certificate: ServerCertificate, tags: Tags): Record<string, never> {
  ctx.table(serverCertificates).put([certificate.name], { ...certificate, tags });
  return {};
}

export const tagServerCertificate: Handler<Iam, "TagServerCertificate"> = (input, ctx) => {
  const certificate = getCertificate(ctx, input.ServerCertificateName);
  return putTags(ctx, certificate, setTags(certificate.tags, input.Tags));
};

export const untagServerCertificate: Handler<Iam, "UntagServerCertificate"> = (input, ctx) => {
  const certificate = getCertificate(ctx, input.ServerCertificateName);
  return putTags(ctx, certificate, removeTags(certificate.tags, input.TagKeys));
};

export const listServerCertificateTags: Handler<Iam, "ListServerCertificateTags"> = (input, ctx) =>
  tagPage(getCertificate(ctx, input.ServerCertificateName).tags, input);

/** The ARN of a server certificate by its name, for authorization. */
export function serverCertificateArn(
  { ServerCertificateName: name = "", Path }: { ServerCertificateName?: string | undefined; Path?: string | undefined },
  ctx: Context,
): string {
  const path = (name && ctx.table(serverCertificates).get(name)?.path) || Path || "/";
  return iamArn(ctx, "server-certificate", path, name);
}

function signingAnswer({ name }: User, certificate: SigningCertificate) {
  return {
    UserName: name,
    CertificateId: certificate.id,
    CertificateBody: certificate.body,
    Status: certificate.status,
    UploadDate: new Date(certificate.uploadedAt),
  };
}

export const uploadSigningCertificate: Handler<Iam, "UploadSigningCertificate"> = (input, ctx) => {
  const user = namedUser(ctx, input.UserName);
  parseCertificate("certificateBody", input.CertificateBody, 16_384);
  const body = input.CertificateBody as string;
  const table = ctx.table(signingCertificates);
  const others = table.rows({ prefix: [user.id] });
  if (others.some((one) => one.body.trim() === body.trim())) {
    throw new AwsError(
      "DuplicateCertificateException",
      "The same certificate is associated with an IAM user in the account.",
    );
  }
  if (others.length >= MAX_SIGNING_CERTIFICATES)
    throw limitExceeded(`Cannot exceed quota for CertificatesPerUser: ${MAX_SIGNING_CERTIFICATES}`);
  const certificate: SigningCertificate = {
    id: randomUpper(32),
    body,
    status: "Active",
    uploadedAt: ctx.now(),
  };
  table.put([user.id, certificate.id], certificate);
  return { Certificate: signingAnswer(user, certificate) };
};

export const listSigningCertificates: Handler<Iam, "ListSigningCertificates"> = (input, ctx) => {
  const user = namedUser(ctx, input.UserName);
  const rows = ctx.table(signingCertificates).rows({ prefix: [user.id] });
  const { items, ...more } = page(rows, ({ id }) => id, input);
  return { Certificates: items.map((one) => signingAnswer(user, one)), ...more };
};

function getSigning(ctx: Context, userName: string | undefined, id: string | undefined) {
  const user = namedUser(ctx, userName);
  const certificate = id ? ctx.table(signingCertificates).get(user.id, id) : undefined;
  if (!certificate) throw noSuchEntity(`The Certificate with id ${id} cannot be found.`);
  return { user, certificate };
}

export const updateSigningCertificate: Handler<Iam, "UpdateSigningCertificate"> = (input, ctx) => {
  const status = checkStatus(input.Status);
  const { user, certificate } = getSigning(ctx, input.UserName, input.CertificateId);
  ctx.table(signingCertificates).put([user.id, certificate.id], { ...certificate, status });
  return {};
};

export const deleteSigningCertificate: Handler<Iam, "DeleteSigningCertificate"> = (input, ctx) => {
  const { user, certificate } = getSigning(ctx, input.UserName, input.CertificateId);
  ctx.table(signingCertificates).delete(user.id, certificate.id);
  return {};
};
