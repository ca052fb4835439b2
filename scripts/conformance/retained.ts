/** The resources that a deleted stack leaves where they are, because its template says so. */
import { primaryIdentifierOf } from "../../packages/brume/src/cloudformation/schema/identifiers.js";
import type { Spec } from "../../packages/brume/src/cloudformation/schema/spec.js";
import { stackResources as resourceTable } from "../../packages/brume/src/cloudformation/stack.js";
import type { Properties } from "../../packages/brume/src/kernel/resource.js";
import { tablePrefix } from "../../packages/brume/src/kernel/store.js";
import type { Account } from "./account.js";

export interface Retained {
  readonly type: string;
  readonly model: Properties;
}

/** What a stack and those within it will keep. */
export async function retainedResources(account: Account, stackId: string): Promise<Retained[]> {
  const { account: id, region } = account.place;
  const prefix = `${tablePrefix(resourceTable, id, region)}`;
  const kept: Retained[] = [];
  for (const [, row] of account.cloud.kernel.store.scan(prefix, `${prefix}\u{10FFFF}`, false)) {
    const { type, model, deletionPolicy } = row as { type: string; model?: Properties; deletionPolicy: string };
    if (model && deletionPolicy.startsWith("Retain")) kept.push({ type, model });
  }
  return stackId ? kept : [];
}

/** Types that are parts of others, and go with them even where they are retained. */
const PARTS = /^AWS::Lambda::(Version|Alias|Permission)$|^AWS::Logs::LogStream$/;

/** Deletes what was kept, which has to be there still. @throws Error for what is not */
export async function deleteRetained(account: Account, spec: Spec, retained: readonly Retained[]): Promise<void> {
  const found = retained.flatMap(({ type, model }) => {
    const schema = spec.schema(type);
    const Identifier = schema && primaryIdentifierOf(schema, model);
    return Identifier ? [{ TypeName: type, Identifier }] : [];
  });
  for (const one of found) if (!PARTS.test(one.TypeName)) await account.call("cloudcontrol", "GetResource", one);
  for (const one of found) {
    if (one.TypeName === "AWS::S3::Bucket") await account.emptyBucket(one.Identifier);
    // What is a part of another that was deleted just now is gone with it.
    await account.call("cloudcontrol", "DeleteResource", one).catch((error: { code?: string }) => {
      if (error.code !== "ResourceNotFoundException") throw error;
    });
    await account.cloud.idle();
  }
}
