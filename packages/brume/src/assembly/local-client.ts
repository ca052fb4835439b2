/** A cloud in this process, reached as one in another is. */
import type { Cloud } from "../kernel/cloud.js";
import { rootOf } from "../kernel/principal.js";
import type { CloudClient } from "./cloud-client.js";

/** The calls of the toolchain on a cloud in this process: the same operations, without HTTP. */
export function localClient(cloud: Cloud): CloudClient {
  return {
    endpoint: cloud.endpoint,
    call: (service, operation, input, { account, region }) =>
      cloud.call(service, operation, input, { account, region, principal: rootOf(account) }),
    async upload(Bucket, Key, content, { account, region }) {
      const { Readable } = await import("node:stream");
      await cloud.call(
        "s3",
        "PutObject",
        { Bucket, Key, Body: Readable.from([content]), ContentLength: content.length },
        { account, region, principal: rootOf(account) },
      );
    },
    async listen(listener) {
      return cloud.events.subscribe(listener);
    },
    async fail(faults) {
      const takeBack = faults.map((fault) => cloud.faults.inject(fault));
      return async () => {
        for (const one of takeBack) one();
      };
    },
  };
}
