/** Resolves `{{resolve:ssm:…}}` and `{{resolve:secretsmanager:…}}`. See "Using dynamic references". */
import { orUndefined } from "../kernel/errors.js";
import type { Json, Properties, ResourceContext } from "../kernel/resource.js";
import { ResourceFailure } from "./failure.js";

const PATTERN = /\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}/g;

/** The properties with every dynamic reference replaced by its value. What is stored of a stack keeps the references. */
export async function resolveDynamicReferences(properties: Properties, ctx: ResourceContext): Promise<Properties> {
  return (await resolve(properties, ctx)) as Properties;
}

async function resolve(value: Json, ctx: ResourceContext): Promise<Json> {
  if (typeof value === "string") return value.includes("{{resolve:") ? resolveText(value, ctx) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Promise.all(value.map((item) => resolve(item, ctx)));
  const entries = Object.entries(value).map(
    async ([key, item]): Promise<[string, Json]> => [key, await resolve(item as Json, ctx)],
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function resolveText(text: string, ctx: ResourceContext): Promise<string> {
  let resolved = "";
  let end = 0;
  for (const match of text.matchAll(PATTERN)) {
    const [whole, service, reference] = match as unknown as [string, string, string];
    resolved +=
      text.slice(end, match.index) +
      (service === "secretsmanager" ? await secret(reference, ctx) : await parameter(reference, ctx));
    end = (match.index as number) + whole.length;
  }
  return resolved + text.slice(end);
}

async function parameter(reference: string, ctx: ResourceContext): Promise<string> {
  const input = { Name: reference, WithDecryption: true };
  const getting = ctx.call<{ Parameter: { Value: string } }>("ssm", "GetParameter", input);
  const found = await orUndefined(getting, "ParameterNotFound", "ParameterVersionNotFound");
  if (found) return found.Parameter.Value;
  throw new ResourceFailure("DynamicReferenceFailure", `Parameters: [ssm:${reference}] cannot be found.`);
}

/** `secret-id:SecretString:json-key:version-stage:version-id`; the id may be an ARN. */
async function secret(reference: string, ctx: ResourceContext): Promise<string> {
  const parts = reference.split(":");
  const idParts = reference.startsWith("arn:") ? 7 : 1;
  const SecretId = parts.slice(0, idParts).join(":");
  const [, key, VersionStage, VersionId] = parts.slice(idParts);
  const { SecretString } = await ctx.call<{ SecretString: string }>("secrets-manager", "GetSecretValue", {
    SecretId,
    VersionStage: VersionStage || undefined,
    VersionId: VersionId || undefined,
  });
  if (!key) return SecretString;
  const value = (JSON.parse(SecretString) as Record<string, Json>)[key];
  if (value === undefined)
    throw new ResourceFailure(
      "DynamicReferenceFailure",
      `Could not find a value associated with JSONKey in SecretString`,
    );
  return String(value);
}
