/** What the providers of roles, users and groups share: their policies and their tags. */
import { orUndefined } from "../../../kernel/errors.js";
import type { Json, Properties, ResourceContext } from "../../../kernel/resource.js";
import { tagsOf } from "../../../kernel/template-values.js";

export type EntityKind = "Role" | "User" | "Group";

interface InlinePolicy {
  PolicyName: string;
  PolicyDocument: Json;
}

/** A policy document as text: templates give an object, or JSON. In YAML, `Sid: 1` is a number where IAM takes text. */
export const documentText = (document: Json | undefined): string =>
  typeof document === "string"
    ? document
    : JSON.stringify(document ?? {}, (key, value) => (key === "Sid" && typeof value === "number" ? `${value}` : value));

/** A policy document of an answer, as templates write it. */
export const documentJson = (encoded: string): Json => JSON.parse(decodeURIComponent(encoded)) as Json;

/** Awaits what may find nothing; `undefined` then. */
export const orGone = <T>(work: Promise<T>): Promise<T | undefined> => orUndefined(work, "NoSuchEntityException");

export const texts = (value: Json | undefined): string[] => (value ?? []) as string[];
const inlineOf = (properties: Properties): InlinePolicy[] => (properties.Policies ?? []) as unknown as InlinePolicy[];

/** Puts the policies that are desired, and takes away those that `previous` had beside them. */
export async function syncPolicies(
  kind: EntityKind,
  name: string,
  desired: Properties,
  previous: Properties,
  ctx: ResourceContext,
): Promise<void> {
  const target = { [`${kind}Name`]: name };
  const [arns, before] = [texts(desired.ManagedPolicyArns), texts(previous.ManagedPolicyArns)];
  for (const PolicyArn of before.filter((arn) => !arns.includes(arn))) {
    await orGone(ctx.call("iam", `Detach${kind}Policy`, { ...target, PolicyArn }));
  }
  for (const PolicyArn of arns) await ctx.call("iam", `Attach${kind}Policy`, { ...target, PolicyArn });
  const names = inlineOf(desired).map(({ PolicyName }) => PolicyName);
  for (const { PolicyName } of inlineOf(previous).filter(({ PolicyName }) => !names.includes(PolicyName))) {
    await orGone(ctx.call("iam", `Delete${kind}Policy`, { ...target, PolicyName }));
  }
  for (const { PolicyName, PolicyDocument } of inlineOf(desired)) {
    await ctx.call("iam", `Put${kind}Policy`, { ...target, PolicyName, PolicyDocument: documentText(PolicyDocument) });
  }
}

/** Takes away the policies of an entity that is to be deleted. */
export async function removePolicies(kind: EntityKind, name: string, actual: Properties, ctx: ResourceContext) {
  await syncPolicies(kind, name, {}, actual, ctx);
}

/**
 * The policies that an entity has, as properties; of those, where `own` says which are its own, these alone. What other
 * resources attach to it is no part of it, as AWS too finds no drift in a role whose policies others have added to.
 */
export async function readPolicies(
  kind: EntityKind,
  name: string,
  own: Properties,
  ctx: ResourceContext,
): Promise<Properties> {
  const target = { [`${kind}Name`]: name };
  const { AttachedPolicies } = await ctx.call<{ AttachedPolicies: { PolicyArn: string }[] }>(
    "iam",
    `ListAttached${kind}Policies`,
    { ...target, MaxItems: 1000 },
  );
  const { PolicyNames } = await ctx.call<{ PolicyNames: string[] }>("iam", `List${kind}Policies`, {
    ...target,
    MaxItems: 1000,
  });
  const arns = own.ManagedPolicyArns === undefined ? undefined : texts(own.ManagedPolicyArns);
  const names = own.Policies === undefined ? undefined : inlineOf(own).map(({ PolicyName }) => PolicyName);
  const ManagedPolicyArns = AttachedPolicies.map(({ PolicyArn }) => PolicyArn).filter(
    (arn) => !arns || arns.includes(arn),
  );
  const Policies: Json[] = [];
  for (const PolicyName of PolicyNames.filter((one) => !names || names.includes(one))) {
    const { PolicyDocument } = await ctx.call<{ PolicyDocument: string }>("iam", `Get${kind}Policy`, {
      ...target,
      PolicyName,
    });
    Policies.push({ PolicyName, PolicyDocument: documentJson(PolicyDocument) });
  }
  return {
    ...(ManagedPolicyArns.length > 0 ? { ManagedPolicyArns } : {}),
    ...(Policies.length > 0 ? { Policies } : {}),
  };
}

export interface Tag {
  Key: string;
  Value: string;
}

/** Sets the desired tags and removes those that `actual` has beside them; `target` names the resource. */
export async function syncTags(
  noun: string,
  target: Record<string, Json>,
  desired: Properties,
  actual: Properties,
  ctx: ResourceContext,
): Promise<void> {
  const after = tagsOf(desired);
  const TagKeys = tagsOf(actual)
    .map(({ Key }) => Key)
    .filter((key) => !after.some(({ Key }) => Key === key));
  if (TagKeys.length > 0) await ctx.call("iam", `Untag${noun}`, { ...target, TagKeys });
  if (after.length > 0) await ctx.call("iam", `Tag${noun}`, { ...target, Tags: after });
}

/** Runs what follows a creation; when that fails, undoes the creation and fails. */
export async function completing<T>(work: () => Promise<T>, undo: () => Promise<unknown>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await undo();
    throw error;
  }
}
