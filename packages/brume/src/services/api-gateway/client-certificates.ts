/** Client certificates: kept, and named by stages. */
import type { Context } from "../../kernel/context.js";
import { randomBase64, randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { patched } from "./patch.js";
import { clientCertificates, defined, getRow, page } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

const YEAR_MS = 365 * 86_400_000;

const certificateOf = (ctx: Context, id: string | undefined) =>
  getRow(ctx, clientCertificates, "Invalid Client Certificate identifier specified", id);

export const generateClientCertificate: Handler<Sdk, "GenerateClientCertificate"> = (input, ctx) => {
  const { description, tags } = input;
  const clientCertificateId = randomLower(6);
  const certificate = {
    ...defined({ description, tags }),
    clientCertificateId,
    // Differs from AWS: the certificate has the right form, and no key behind it; no request carries it.
    pemEncodedCertificate: `-----BEGIN CERTIFICATE-----\n${randomBase64(600)}\n-----END CERTIFICATE-----`,
    createdDate: new Date(ctx.now()),
    expirationDate: new Date(ctx.now() + YEAR_MS),
  };
  ctx.table(clientCertificates).put([clientCertificateId], certificate);
  return certificate;
};

export const getClientCertificate: Handler<Sdk, "GetClientCertificate"> = (input, ctx) =>
  certificateOf(ctx, input.clientCertificateId);
export const getClientCertificates: Handler<Sdk, "GetClientCertificates"> = (input, ctx) =>
  page(ctx.table(clientCertificates).rows(), input);

export const updateClientCertificate: Handler<Sdk, "UpdateClientCertificate"> = (input, ctx) => {
  const certificate = certificateOf(ctx, input.clientCertificateId);
  const after = patched(certificate, input.patchOperations, { "/description": "text" });
  ctx.table(clientCertificates).put([certificate.clientCertificateId], after);
  return after;
};

export const deleteClientCertificate: Handler<Sdk, "DeleteClientCertificate"> = (input, ctx) => {
  const { clientCertificateId } = certificateOf(ctx, input.clientCertificateId);
  ctx.table(clientCertificates).delete(clientCertificateId);
  return {};
};
