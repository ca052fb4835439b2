/** The operations on identity providers: OpenID Connect and SAML. */
import { createHash, createPrivateKey } from "node:crypto";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomUpper } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { check, removeTags, setTags, type Tags, tagsIfAny } from "./entity.js";
import { tagPage } from "./paging.js";
import { alreadyExists, limitExceeded, noSuchEntity } from "./tables.js";

type Iam = typeof import("@aws-sdk/client-iam");

interface OidcProvider {
  readonly arn: string;
  /** Without its scheme. */
  readonly url: string;
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
  readonly createdAt: number;
  readonly tags: Tags;
}
interface SamlProvider {
  readonly arn: string;
  readonly uuid: string;
  readonly metadata: string;
  readonly createdAt: number;
  readonly tags: Tags;
  readonly encryptionMode?: EncryptionMode | undefined;
  /** The keys that assertions are decrypted with: what they are is not shown again. */
  readonly privateKeys: readonly { readonly id: string; readonly addedAt: number }[];
}
type EncryptionMode = "Required" | "Allowed";

/** [arn] */
export const oidcProviders = defineTable<OidcProvider>("iam/oidc-providers", "account");
/** [arn] */
export const samlProviders = defineTable<SamlProvider>("iam/saml-providers", "account");
const MAX_CLIENT_IDS = 100;

function getOidc(ctx: Context, arn: string | undefined): OidcProvider {
  const provider = arn ? ctx.table(oidcProviders).get(arn) : undefined;
  if (!provider) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
  return provider;
}

function changeOidc(ctx: Context, provider: OidcProvider, change: Partial<OidcProvider>): Record<string, never> {
  ctx.table(oidcProviders).put([provider.arn], { ...provider, ...change });
  return {};
}

/** AWS fetches the thumbprint of a server's certificate itself when it is given none; here it is made from the URL. */
const thumbprintOf = (url: string) => createHash("sha1").update(url).digest("hex");

function checkThumbprints(list: readonly string[]): readonly string[] {
  if (list.length > 5)
    throw new AwsError("InvalidInputException", "Thumbprint list must contain fewer than 5 entries.");
  for (const thumbprint of list) check("thumbprintList", thumbprint, { min: 40, max: 40 });
  return list;
}

export const createOpenIDConnectProvider: Handler<Iam, "CreateOpenIDConnectProvider"> = (input, ctx) => {
  // Differs from AWS: an issuer on this machine may speak HTTP.
  const url = /^(?:https:\/\/|http:\/\/(?=(?:127\.0\.0\.1|localhost)[:/]))(.+?)\/?$/.exec(input.Url as string)?.[1];
  if (url === undefined) throw new AwsError("ValidationError", "Invalid Open ID Connect Provider URL");
  const clientIds = input.ClientIDList ?? [];
  if (clientIds.length > MAX_CLIENT_IDS)
    throw limitExceeded(`Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${MAX_CLIENT_IDS}`);
  const thumbprints = checkThumbprints(input.ThumbprintList ?? []);
  const tags = setTags({}, input.Tags);
  const arn = ctx.arn(`oidc-provider/${url}`, "iam", { region: "" });
  if (ctx.table(oidcProviders).has(arn)) throw alreadyExists(`Provider with url https://${url} already exists.`);
  ctx.table(oidcProviders).put([arn], {
    arn,
    url,
    clientIds,
    thumbprints: thumbprints.length > 0 ? thumbprints : [thumbprintOf(url)],
    createdAt: ctx.now(),
    tags,
  });
  return { OpenIDConnectProviderArn: arn, Tags: tagsIfAny(tags) };
};

export const getOpenIDConnectProvider: Handler<Iam, "GetOpenIDConnectProvider"> = (input, ctx) => {
  const { url, clientIds, thumbprints, createdAt, tags } = getOidc(ctx, input.OpenIDConnectProviderArn);
  return {
    Url: url,
    ClientIDList: [...clientIds],
    ThumbprintList: [...thumbprints],
    CreateDate: new Date(createdAt),
    Tags: tagsIfAny(tags),
  };
};

export const listOpenIDConnectProviders: Handler<Iam, "ListOpenIDConnectProviders"> = (_input, ctx) => ({
  OpenIDConnectProviderList: ctx
    .table(oidcProviders)
    .rows()
    .map(({ arn }) => ({ Arn: arn })),
});

export const deleteOpenIDConnectProvider: Handler<Iam, "DeleteOpenIDConnectProvider"> = (input, ctx) => {
  // Deleting one that is not there is no error, as on AWS.
  ctx.table(oidcProviders).delete(input.OpenIDConnectProviderArn ?? "");
  return {};
};

export const updateOpenIDConnectProviderThumbprint: Handler<Iam, "UpdateOpenIDConnectProviderThumbprint"> = (
  input,
  ctx,
) => {
  const provider = getOidc(ctx, input.OpenIDConnectProviderArn);
  const given = checkThumbprints(input.ThumbprintList ?? []);
  return changeOidc(ctx, provider, { thumbprints: given.length > 0 ? given : [thumbprintOf(provider.url)] });
};

export const addClientIDToOpenIDConnectProvider: Handler<Iam, "AddClientIDToOpenIDConnectProvider"> = (input, ctx) => {
  const provider = getOidc(ctx, input.OpenIDConnectProviderArn);
  return changeOidc(ctx, provider, { clientIds: [...new Set([...provider.clientIds, input.ClientID as string])] });
};

export const removeClientIDFromOpenIDConnectProvider: Handler<Iam, "RemoveClientIDFromOpenIDConnectProvider"> = (
  input,
  ctx,
) => {
  const provider = getOidc(ctx, input.OpenIDConnectProviderArn);
  return changeOidc(ctx, provider, { clientIds: provider.clientIds.filter((id) => id !== input.ClientID) });
};

export const tagOpenIDConnectProvider: Handler<Iam, "TagOpenIDConnectProvider"> = (input, ctx) => {
  const provider = getOidc(ctx, input.OpenIDConnectProviderArn);
  return changeOidc(ctx, provider, { tags: setTags(provider.tags, input.Tags) });
};

export const untagOpenIDConnectProvider: Handler<Iam, "UntagOpenIDConnectProvider"> = (input, ctx) => {
  const provider = getOidc(ctx, input.OpenIDConnectProviderArn);
  return changeOidc(ctx, provider, { tags: removeTags(provider.tags, input.TagKeys) });
};

export const listOpenIDConnectProviderTags: Handler<Iam, "ListOpenIDConnectProviderTags"> = (input, ctx) => {
  return tagPage(getOidc(ctx, input.OpenIDConnectProviderArn).tags, input);
};

function getSaml(ctx: Context, arn: string | undefined): SamlProvider {
  const provider = arn ? ctx.table(samlProviders).get(arn) : undefined;
  if (!provider) throw noSuchEntity(`Manifest not found for arn ${arn}`);
  return provider;
}

function changeSaml(ctx: Context, provider: SamlProvider, change: Partial<SamlProvider>): void {
  ctx.table(samlProviders).put([provider.arn], { ...provider, ...change });
}

function checkMetadata(document: string | undefined): string {
  check("sAMLMetadataDocument", document, { min: 1000, max: 10_000_000 });
  if (!/<([\w-]+:)?EntityDescriptor[\s>]/.test(document as string))
    throw new AwsError("InvalidInputException", "Could not parse metadata");
  return document as string;
}

interface EncryptionInput {
  AssertionEncryptionMode?: string | undefined;
  AddPrivateKey?: string | undefined;
  RemovePrivateKey?: string | undefined;
}

const MAX_PRIVATE_KEYS = 2;

/** What a provider decrypts with, after some of it has changed. @throws AwsError */
function encryption(ctx: Context, input: EncryptionInput, before?: SamlProvider) {
  const { AssertionEncryptionMode: mode, AddPrivateKey: added, RemovePrivateKey: removed } = input;
  if (mode !== undefined) check("assertionEncryptionMode", mode, { oneOf: ["Required", "Allowed"] });
  let privateKeys = before?.privateKeys ?? [];
  if (removed !== undefined) {
    check("removePrivateKey", removed, { min: 22, max: 64, pattern: /^[A-Z0-9]+$/ });
    if (!privateKeys.some(({ id }) => id === removed))
      throw new AwsError("InvalidInputException", `The private key with id ${removed} cannot be found.`);
    privateKeys = privateKeys.filter(({ id }) => id !== removed);
  }
  if (added !== undefined) {
    check("addPrivateKey", added, { min: 1, max: 16_384 });
    try {
      createPrivateKey(added);
    } catch (cause) {
      throw new AwsError("InvalidInputException", "The private key cannot be parsed.", { cause });
    }
    if (privateKeys.length >= MAX_PRIVATE_KEYS)
      throw limitExceeded(`Cannot exceed quota for PrivateKeysPerSAMLProvider: ${MAX_PRIVATE_KEYS}`);
    privateKeys = [...privateKeys, { id: randomUpper(22), addedAt: ctx.now() }];
  }
  const encryptionMode = (mode as EncryptionMode | undefined) ?? before?.encryptionMode;
  if (encryptionMode === "Required" && privateKeys.length === 0)
    throw new AwsError("InvalidInputException", "A private key is needed to require encrypted assertions.");
  return { encryptionMode, privateKeys };
}

export const createSAMLProvider: Handler<Iam, "CreateSAMLProvider"> = (input, ctx) => {
  const name = input.Name as string;
  const metadata = checkMetadata(input.SAMLMetadataDocument);
  const tags = setTags({}, input.Tags);
  const decryption = encryption(ctx, input);
  const arn = ctx.arn(`saml-provider/${name}`, "iam", { region: "" });
  if (ctx.table(samlProviders).has(arn)) throw alreadyExists(`SAMLProvider with name ${name} already exists.`);
  const createdAt = ctx.now();
  ctx.table(samlProviders).put([arn], { arn, uuid: randomUpper(22), metadata, createdAt, tags, ...decryption });
  return { SAMLProviderArn: arn, Tags: tagsIfAny(tags) };
};

/** Until when a provider's metadata says that it is valid. */
function validUntil({ metadata }: SamlProvider): Date | undefined {
  const time = Date.parse(/\bvalidUntil="([^"]*)"/.exec(metadata)?.[1] ?? "");
  return Number.isNaN(time) ? undefined : new Date(time);
}

export const getSAMLProvider: Handler<Iam, "GetSAMLProvider"> = (input, ctx) => {
  const provider = getSaml(ctx, input.SAMLProviderArn);
  const { uuid: id, metadata, createdAt, tags, encryptionMode, privateKeys } = provider;
  return {
    SAMLProviderUUID: id,
    SAMLMetadataDocument: metadata,
    CreateDate: new Date(createdAt),
    ValidUntil: validUntil(provider),
    AssertionEncryptionMode: encryptionMode,
    PrivateKeyList: privateKeys.map((key) => ({ KeyId: key.id, Timestamp: new Date(key.addedAt) })),
    Tags: tagsIfAny(tags),
  };
};

export const listSAMLProviders: Handler<Iam, "ListSAMLProviders"> = (_input, ctx) => ({
  SAMLProviderList: ctx
    .table(samlProviders)
    .rows()
    .map((provider) => ({
      Arn: provider.arn,
      CreateDate: new Date(provider.createdAt),
      ValidUntil: validUntil(provider),
    })),
});

export const updateSAMLProvider: Handler<Iam, "UpdateSAMLProvider"> = (input, ctx) => {
  const provider = getSaml(ctx, input.SAMLProviderArn);
  const { SAMLMetadataDocument: document } = input;
  const metadata = document === undefined ? provider.metadata : checkMetadata(document);
  changeSaml(ctx, provider, { metadata, ...encryption(ctx, input, provider) });
  return { SAMLProviderArn: provider.arn };
};

export const deleteSAMLProvider: Handler<Iam, "DeleteSAMLProvider"> = (input, ctx) => {
  ctx.table(samlProviders).delete(getSaml(ctx, input.SAMLProviderArn).arn);
  return {};
};

export const tagSAMLProvider: Handler<Iam, "TagSAMLProvider"> = (input, ctx) => {
  const provider = getSaml(ctx, input.SAMLProviderArn);
  changeSaml(ctx, provider, { tags: setTags(provider.tags, input.Tags) });
  return {};
};

export const untagSAMLProvider: Handler<Iam, "UntagSAMLProvider"> = (input, ctx) => {
  const provider = getSaml(ctx, input.SAMLProviderArn);
  changeSaml(ctx, provider, { tags: removeTags(provider.tags, input.TagKeys) });
  return {};
};

export const listSAMLProviderTags: Handler<Iam, "ListSAMLProviderTags"> = (input, ctx) => {
  return tagPage(getSaml(ctx, input.SAMLProviderArn).tags, input);
};
