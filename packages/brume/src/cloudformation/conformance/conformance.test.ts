/**
 * Templates of our own, each of which shows what the real ones have taught, taken through the phases that
 * `npm run conformance -- --every-step` takes the real ones through.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Account } from "../../../../../scripts/conformance/account.js";
import { samplesIn } from "../../../../../scripts/conformance/corpus.js";
import { runSample } from "../../../../../scripts/conformance/phases.js";
import { type RunningCloud, startCloud } from "../../index.js";
import { Spec } from "../schema/spec.js";

const samples = samplesIn(new URL(".", import.meta.url));

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

describe("a stack is made, updated, changed, rolled back and deleted", () => {
  const spec = new Spec();
  it.each(samples.map((sample, number) => ({ name: sample.name, sample, number })))(
    "$name",
    async ({ sample, number }) => {
      const account = new Account(cloud, number);
      expect(await runSample(account, spec, sample, { everyStep: true })).toBeUndefined();
    },
    60_000,
  );
});
