/** Uploads by a browser's form: `POST` of `multipart/form-data` to a bucket. See "POST Object" in the S3 API Reference. */
import type { ServerResponse } from "node:http";
import { basename } from "node:path";
import type { Caller, Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Endpoint, Input } from "../../kernel/service.js";
import { loadModel } from "../../protocol/model.js";
import { writeError } from "../../protocol/response.js";
import { escapeXml, readText } from "../../protocol/xml.js";
import { parseXml } from "../../protocol/xml-parser.js";
import { corsHeaders } from "./cors.js";
import { boundaryOf, type Form, type FormFile, readForm } from "./multipart-form.js";
import { quoted, type S3, versionMember } from "./object.js";
import { missingField, uploaderOf } from "./post-identity.js";
import { checkPolicy, type PostPolicy, readPolicy } from "./post-policy.js";
import { checkLength, storeObject } from "./put-object.js";
import { bucketArn, bucketOfUrl } from "./tables.js";

type PutInput = Omit<Input<S3, "PutObject">, "Body">;

/** Takes a form in; what is none, or is not sent to a bucket, may be an operation. */
export const postObject: Endpoint = async (request, response, ctx, match) => {
  const { bucket, rest } = bucketOfUrl(request.headers.host, match.path);
  if (bucket === undefined || rest !== "" || match.query !== "") return false;
  const source = request.iterator({ destroyOnReturn: false });
  try {
    checkLength(ctx);
    const form = await readForm(source, boundaryOf(request.headers["content-type"] ?? ""));
    await upload(ctx, bucket, form, response);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const answer = writeError(await loadModel("s3"), "restXml", error, ctx.requestId);
    const cors = corsHeaders(ctx, bucket, request.headers.origin, "POST");
    response.writeHead(answer.status, [...answer.headers, ...Object.entries(cors).flat()]).end(answer.body);
  }
  // The answer may have gone out first: the client gets to read it once the rest of its form has been thrown away.
  await source.return?.();
  setImmediate(() => request.resume());
};

async function upload(endpoint: Context, bucket: string, form: Form, response: ServerResponse): Promise<void> {
  const { file } = form;
  const fields = new Map(form.fields);
  if (file) for (const [name, value] of fields) fields.set(name, value.replaceAll("${filename}", baseName(file.name)));
  const caller = uploaderOf(endpoint, form.fields);
  const encoded = fields.get("policy");
  const policy = encoded === undefined ? undefined : readPolicy(encoded, endpoint.now());
  if (policy) checkPolicy(policy, new Map([...fields, ["bucket", bucket]]));
  const key = fields.get("key");
  if (key === undefined) throw missingField("key");
  if (!file) {
    throw new AwsError("InvalidArgument", "POST requires exactly one file upload per request.", {
      members: { ArgumentName: "file", ArgumentValue: "0" },
      status: 400,
    });
  }
  // Values of a form are text as it is, which those of headers are not: the call is none over HTTP.
  const called: Caller = { ...caller, http: undefined, signal: endpoint.caller.signal };
  const ctx = endpoint.as(called);
  ctx.cloud.authorizer?.(ctx, ["s3:PutObject"], [`${bucketArn(ctx, bucket)}/${key}`]);
  const input = { ...(await settingsOf(fields)), Bucket: bucket, Key: key, Body: contentOf(file, policy) };
  const { version, versioned } = await storeObject(ctx, input, "ObjectCreated:Post");
  await ctx.commit();
  const location = `${ctx.cloud.endpoint}/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
  const stored = { bucket, key, etag: quoted(version.etag), location };
  const id = versionMember(versioned, version).VersionId;
  answer(response, fields, stored, {
    etag: stored.etag,
    location,
    "x-amz-request-id": ctx.requestId,
    ...(id === undefined ? {} : { "x-amz-version-id": id }),
    ...corsHeaders(endpoint, bucket, endpoint.http?.headers.origin, "POST"),
  });
}

const baseName = (name: string): string => basename(name.replaceAll("\\", "/"));

/** The file, which has to be as long as the policy says. @throws AwsError `EntityTooLarge` or `EntityTooSmall` */
async function* contentOf(file: FormFile, policy: PostPolicy | undefined): AsyncGenerator<Uint8Array> {
  const { min = 0, max = Number.POSITIVE_INFINITY } = policy?.range ?? {};
  let size = 0;
  for await (const chunk of file.content) {
    size += chunk.length;
    if (size > max) {
      throw new AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", {
        members: { ProposedSize: size, MaxSizeAllowed: max },
        status: 400,
      });
    }
    yield chunk;
  }
  if (size >= min) return;
  throw new AwsError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", {
    members: { ProposedSize: size, MinSizeAllowed: min },
    status: 400,
  });
}

/** What the fields say of the object: they are called as PutObject's headers are, but for two. */
async function settingsOf(fields: ReadonlyMap<string, string>): Promise<PutInput> {
  const model = (await loadModel("s3"))?.operation("PutObject");
  const input: Record<string, unknown> = {};
  for (const { name, location, wireName, shape } of model?.inputs.bound ?? []) {
    if (location === "prefix") {
      const found = [...fields].filter(([field]) => field.startsWith(wireName));
      input[name] = Object.fromEntries(found.map(([field, value]) => [field.slice(wireName.length), value]));
    }
    const text = location === "header" ? fields.get(wireName === "x-amz-acl" ? "acl" : wireName) : undefined;
    if (text === undefined || wireName === "content-length") continue;
    const value = readText(shape, text);
    if (value === undefined) {
      throw new AwsError("InvalidArgument", `Invalid value for the field ${wireName}.`, {
        members: { ArgumentName: wireName, ArgumentValue: text },
        status: 400,
      });
    }
    input[name] = value;
  }
  const tagging = fields.get("tagging");
  if (tagging !== undefined) input.Tagging = taggingOf(tagging);
  return input as PutInput;
}

/** Tags as the header has them, from the document in a form. */
function taggingOf(document: string): string {
  const set = parseXml(Buffer.from(document)).children.find(({ name }) => name === "TagSet");
  const pairs = (set?.children ?? []).map(({ children }): [string, string] => {
    const textOf = (tag: string) => children.find(({ name }) => name === tag)?.text ?? "";
    return [textOf("Key"), textOf("Value")];
  });
  return new URLSearchParams(pairs).toString();
}

interface Stored {
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
  readonly location: string;
}

/** Answers as the form asks: with a redirect, a document, or nothing. */
function answer(
  response: ServerResponse,
  fields: ReadonlyMap<string, string>,
  stored: Stored,
  headers: Record<string, string>,
): void {
  const redirect = redirectOf(fields.get("success_action_redirect") ?? fields.get("redirect"), stored);
  const status = fields.get("success_action_status");
  if (redirect !== undefined) response.writeHead(303, { ...headers, location: redirect }).end();
  else if (status === "201") {
    const { bucket, key, etag, location } = stored;
    const entries = Object.entries({ Location: location, Bucket: bucket, Key: key, ETag: etag });
    const members = entries.map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`).join("");
    response.writeHead(201, { ...headers, "content-type": "application/xml" });
    response.end(`<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>${members}</PostResponse>`);
  } else response.writeHead(status === "200" ? 200 : 204, headers).end();
}

/** The address with what was stored in its query; `undefined` for one that is none, which AWS passes over. */
function redirectOf(address: string | undefined, { bucket, key, etag }: Stored): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  for (const [name, value] of Object.entries({ bucket, key, etag })) url.searchParams.append(name, value);
  return url.href;
}
