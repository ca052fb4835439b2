/** Reads template values, which may be text where numbers, booleans or ARNs are meant. */
import { orUndefined } from "../../../kernel/errors.js";
import type { Json, Properties } from "../../../kernel/resource.js";

export const toObject = (value: Json | undefined): Properties | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;

export const toList = (value: Json | undefined): Json[] | undefined => (Array.isArray(value) ? value : undefined);

/** A list of tags as the API takes them. */
export function toTags(value: Json | undefined): Record<string, string> {
  return Object.fromEntries(
    ((value ?? []) as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, String(Value)]),
  );
}

export function fromTags(tags: Record<string, string> | undefined): { Tags?: Json } {
  const list = Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
  return list.length > 0 ? { Tags: list } : {};
}

/** What a call answers; `undefined` when what it asks for is gone. */
export const ifThere = <T>(call: Promise<T>): Promise<T | undefined> => orUndefined(call, "ResourceNotFoundException");

/** What a function is called in a template, where that means the function of an ARN; the ARN otherwise. */
export function asNamed(given: Json | undefined, arn: string | undefined): Json | undefined {
  if (typeof given !== "string" || arn === undefined) return arn;
  const [account, name, qualifier] = [4, 6, 7].map((part) => arn.split(":")[part]);
  const suffix = qualifier === undefined ? "" : `:${qualifier}`;
  return [arn, `${name}${suffix}`, `${account}:function:${name}${suffix}`].includes(given) ? given : arn;
}

/** The name in a function's name or ARN. */
export function functionNameOf(text: Json | undefined): string {
  const parts = String(text).split(":");
  return parts[0] === "arn" ? (parts[6] as string) : (parts[0] as string);
}
