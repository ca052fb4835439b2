/** AWS::Logs::Destination */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { tagsOf } from "../../../kernel/template-values.js";
import { orGone } from "./group-part.js";

interface Destination {
  destinationName: string;
  targetArn: string;
  roleArn: string;
  accessPolicy?: string;
  arn: string;
}

async function put(desired: Properties, ctx: ResourceContext): Promise<Properties> {
  const { DestinationName: destinationName, TargetArn: targetArn, RoleArn: roleArn, DestinationPolicy } = desired;
  const tags = Object.fromEntries(tagsOf(desired).map(({ Key, Value }) => [Key, Value]));
  const input = { destinationName, targetArn, roleArn, tags };
  const { destination } = await ctx.call<{ destination: Destination }>("cloudwatch-logs", "PutDestination", input);
  if (DestinationPolicy !== undefined) {
    const policy = { destinationName, accessPolicy: DestinationPolicy };
    await ctx.call("cloudwatch-logs", "PutDestinationPolicy", policy);
  }
  return { ...desired, Arn: destination.arn };
}

async function all(ctx: ResourceContext, prefix?: string): Promise<Destination[]> {
  const input = { DestinationNamePrefix: prefix };
  return (await ctx.call<{ destinations: Destination[] }>("cloudwatch-logs", "DescribeDestinations", input))
    .destinations;
}

export default defineResource({
  create: put,
  async read(actual, ctx) {
    const name = actual.DestinationName as string;
    const found = (await all(ctx, name)).find(({ destinationName }) => destinationName === name);
    if (!found) return undefined;
    const model: Properties = {
      DestinationName: name,
      TargetArn: found.targetArn,
      RoleArn: found.roleArn,
      Arn: found.arn,
    };
    if (found.accessPolicy !== undefined) model.DestinationPolicy = found.accessPolicy;
    if (actual.Tags !== undefined) model.Tags = actual.Tags;
    return model;
  },
  async update(desired, actual, ctx, previous) {
    const DestinationName = actual.DestinationName as string;
    // A policy cannot be taken off a destination: it is made anew.
    if (previous.DestinationPolicy !== undefined && desired.DestinationPolicy === undefined) {
      await ctx.call("cloudwatch-logs", "DeleteDestination", { destinationName: DestinationName });
    }
    return put({ ...desired, DestinationName }, ctx);
  },
  async delete({ DestinationName }, ctx) {
    await orGone(ctx.call("cloudwatch-logs", "DeleteDestination", { destinationName: DestinationName }));
  },
  async list(ctx) {
    return (await all(ctx)).map(({ destinationName }) => ({ DestinationName: destinationName }));
  },
});
