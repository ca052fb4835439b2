/** AWS::CloudFormation::WaitConditionHandle and WaitCondition: a stack that waits for signals from outside. */
import type { Context } from "../../kernel/context.js";
import { derived } from "../../kernel/identifiers.js";
import type { ResourceProvider } from "../../kernel/resource.js";
import { ResourceFailure } from "../failure.js";
import { awaitResponses, closeResponseUrl, openResponseUrl } from "./responses.js";

const tokenOf = (url: string): string => url.slice(url.lastIndexOf("/") + 1);

/** Makes the provider of handles: each is a URL that signals are put to. */
export function waitConditionHandleProvider(engine: Context): ResourceProvider {
  return {
    async create(_desired, ctx) {
      return { Id: openResponseUrl(engine, derived(ctx.token, 40, "lower")) };
    },
    read: async (actual) => actual,
    update: async (_desired, actual) => actual,
    async delete(actual) {
      closeResponseUrl(engine, tokenOf(actual.Id as string));
    },
    list: async () => [],
  };
}

/** Makes the provider of wait conditions. */
export function waitConditionProvider(engine: Context): ResourceProvider {
  return {
    async create(desired, ctx) {
      const Id = ctx.physicalName();
      const { Handle, Timeout, Count = 1 } = desired;
      if (Handle === undefined) return { Id, Data: "{}" };
      const wanted = Number(Count);
      const deadline = ctx.now() + Number(Timeout) * 1000;
      const bodies = await awaitResponses(engine, tokenOf(String(Handle)), wanted, deadline, ctx.signal);
      const signals = bodies.map(
        (body) => JSON.parse(body) as { Status?: string; Reason?: string; UniqueId?: string; Data?: string },
      );
      const failed = signals.find(({ Status }) => Status !== "SUCCESS");
      if (failed)
        throw new ResourceFailure(
          "WaitConditionFailure",
          `WaitCondition received failed message: '${failed.Reason ?? ""}' for uniqueId: ${failed.UniqueId ?? ""}`,
        );
      if (signals.length < wanted)
        throw new ResourceFailure(
          "WaitConditionFailure",
          `WaitCondition timed out. Received ${signals.length} conditions when expecting ${wanted}`,
        );
      return {
        Id,
        Data: JSON.stringify(Object.fromEntries(signals.map(({ UniqueId = "", Data = "" }) => [UniqueId, Data]))),
      };
    },
    read: async (actual) => actual,
    update: async (_desired, actual) => actual,
    delete: async () => {},
    list: async () => [],
  };
}
