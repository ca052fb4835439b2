/** For the tests of deployments: steps that fail. */
import { stepFault } from "../src/assembly/failing-steps.js";
import type { RunningCloud } from "../src/index.js";

/** Makes a step of the next deployment fail, once: `update LogicalId`. @returns what takes that back */
export function failStep(cloud: RunningCloud, step: string, message = "on demand"): () => void {
  return cloud.kernel.faults.inject(stepFault(step, message));
}
