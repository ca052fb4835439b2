/** What a template is evaluated against: its stack, its parameters and the cloud around it. */

import { parseArn } from "../kernel/arn.js";
import { availabilityZones } from "../kernel/availability-zones.js";
import type { Context } from "../kernel/context.js";
import { exports_, imports_, type Stack } from "./stack.js";
import { invalidTemplate } from "./template/errors.js";
import type { Environment } from "./template/evaluate.js";
import type { Parameter } from "./template/parameters.js";
import type { Template } from "./template/template.js";

/** The environment of a stack's template, but for its resources. */
export function environmentOf(
  ctx: Context,
  stack: Pick<Stack, "id" | "name" | "notificationArns">,
  template: Template,
  parameters: readonly Parameter[],
): Omit<Environment, "ref" | "attribute"> {
  return {
    template,
    parameters,
    scope: {
      account: ctx.account,
      region: ctx.region,
      partition: ctx.partition,
      urlSuffix: ctx.urlSuffix,
      stackId: stack.id,
      stackName: stack.name,
      notificationArns: stack.notificationArns,
    },
    importValue(name) {
      const found = ctx.table(exports_).get(name);
      if (!found) throw invalidTemplate(`No export named ${name} found.`);
      if (found.stackId !== stack.id) ctx.table(imports_).put([name, stack.id], true);
      return found.value;
    },
    availabilityZones,
    localUrl: (url) => ctx.cloud.localUrl(url),
  };
}

/** Finds what an SSM parameter type stands for. */
export function ssmLookup(ctx: Context): (name: string) => Promise<string> {
  return async (name) => {
    try {
      const { Parameter: found } = await ctx.call<{ Parameter: { Value: string } }>("ssm", "GetParameter", {
        Name: name,
      });
      return found.Value;
    } catch {
      throw invalidTemplate(`Unable to fetch parameters [${name}] from parameter store for this account.`);
    }
  };
}

/** Makes the id of a new stack. */
export function stackIdOf(ctx: Context, name: string): string {
  return ctx.arn(`stack/${name}/${ctx.cloud.newId()}`, "cloudformation");
}

/** Where a template is: the bucket and key that a URL of S3 means. */
export function templateLocation(ctx: Context, url: string): { Bucket: string; Key: string } {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw invalidTemplate("TemplateURL must be a supported URL.");
  }
  const path = decodeURIComponent(parsed.pathname.slice(1));
  const virtual =
    /^(.+)\.s3[.-][a-z0-9-]*\.?amazonaws\.com/.exec(parsed.hostname) ??
    /^(.+)\.s3\.amazonaws\.com/.exec(parsed.hostname);
  if (virtual?.[1]) return { Bucket: virtual[1], Key: path };
  const isOurs = parsed.origin === ctx.cloud.endpoint || /^(127\.0\.0\.1|localhost)$/.test(parsed.hostname);
  const isS3 = /^s3[.-]([a-z0-9-]+\.)?amazonaws\.com/.test(parsed.hostname);
  const slash = path.indexOf("/");
  if (!(isOurs || isS3) || slash < 1) throw invalidTemplate("TemplateURL must be a supported URL.");
  return { Bucket: path.slice(0, slash), Key: path.slice(slash + 1) };
}

/** The account and region of a stack's id. */
export function stackPlace(stackId: string): { account: string; region: string } {
  const arn = parseArn(stackId);
  return { account: arn?.account ?? "", region: arn?.region ?? "" };
}
