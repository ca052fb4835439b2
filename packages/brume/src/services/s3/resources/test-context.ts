/** What the tests of this folder give to providers. */
import type { RunningCloud } from "../../../index.js";
import { uuid } from "../../../kernel/identifiers.js";
import type { ResourceContext } from "../../../kernel/resource.js";

/** A resource context over a running cloud, with a name of its own. */
export function resourceContext(of: RunningCloud, type: string): ResourceContext {
  const name = `stack-resource-${uuid()}`;
  return {
    type,
    account: of.account,
    region: of.region,
    partition: "aws",
    urlSuffix: "amazonaws.com",
    stackId: "arn:aws:cloudformation:us-east-1:000000000000:stack/stack/1",
    stackName: "stack",
    logicalId: "Resource",
    path: undefined,
    token: name,
    signal: new AbortController().signal,
    now: () => of.clock.now(),
    wait: async () => {},
    call: (service, operation, input) => of.call(service, operation, input),
    physicalName: () => name,
  };
}
