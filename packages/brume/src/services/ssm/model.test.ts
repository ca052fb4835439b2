import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { isAwsError } from "../../kernel/errors.js";
import { SeededRandom } from "../testing.js";

const SEED = Number(process.env.BRUME_SEED ?? 20261124);
const STEPS = 1500;
const MAX_VERSIONS = 100;
const MAX_LABELS = 10;

interface Held {
  /** The first is the version of number `first`. */
  values: string[];
  first: number;
  labels: Map<string, number>;
}

/** Parameters as the user guide describes them. Each operation answers what it should, or the code of its error. */
class Model {
  readonly parameters = new Map<string, Held>();

  put(name: string, value: string, overwrite: boolean): number | string {
    const held = this.parameters.get(name);
    if (!held) {
      this.parameters.set(name, { values: [value], first: 1, labels: new Map() });
      return 1;
    }
    if (!overwrite) return "ParameterAlreadyExists";
    if (held.values.length === MAX_VERSIONS) {
      if ([...held.labels.values()].includes(held.first)) return "ParameterMaxVersionLimitExceeded";
      held.values.shift();
      held.first++;
    }
    held.values.push(value);
    return held.first + held.values.length - 1;
  }

  /** The number of the version that a selector means. */
  numberOf(held: Held, selector: string | undefined): number | undefined {
    const latest = held.first + held.values.length - 1;
    const number = selector === undefined ? latest : (held.labels.get(selector) ?? Number(selector));
    return number >= held.first && number <= latest ? number : undefined;
  }

  get(name: string, selector: string | undefined): string {
    const held = this.parameters.get(name);
    if (!held) return "ParameterNotFound";
    const number = this.numberOf(held, selector);
    return number === undefined ? "ParameterVersionNotFound" : (held.values[number - held.first] as string);
  }

  label(name: string, version: number, label: string): string | undefined {
    const held = this.parameters.get(name);
    if (!held) return "ParameterNotFound";
    if (this.numberOf(held, String(version)) === undefined) return "ParameterVersionNotFound";
    const others = [...held.labels].filter(([other, number]) => number === version && other !== label);
    if (others.length >= MAX_LABELS) return "ParameterVersionLabelLimitExceeded";
    held.labels.set(label, version);
    return undefined;
  }

  unlabel(name: string, version: number, label: string): string | undefined {
    const held = this.parameters.get(name);
    if (!held) return "ParameterNotFound";
    if (this.numberOf(held, String(version)) === undefined) return "ParameterVersionNotFound";
    if (held.labels.get(label) === version) held.labels.delete(label);
    return undefined;
  }

  under(path: string, recursive: boolean): string[] {
    return [...this.parameters.keys()]
      .filter((name) => name.startsWith(`${path}/`) && (recursive || !name.slice(path.length + 1).includes("/")))
      .sort();
  }
}

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

async function outcome<T>(operation: string, input: object, pick: (answer: T) => unknown): Promise<unknown> {
  try {
    return pick(await cloud.call<T>("ssm", operation, input));
  } catch (error) {
    if (isAwsError(error)) return error.code;
    throw error;
  }
}

describe("PutParameter, GetParameter, LabelParameterVersion, GetParametersByPath", () => {
  it.each([SEED, SEED + 1])("are what a list of versions should be (seed %i)", async (seed) => {
    const random = new SeededRandom(seed);
    const model = new Model();
    const root = `/model/${seed}`;
    const names = ["a", "b", "c/d", "c/e/f"].map((end) => `${root}/${end}`);
    const steps: ((name: string, where: string) => Promise<void>)[] = [
      async (Name, where) => {
        const [Value, Overwrite] = [`v${random.below(1000)}`, random.below(12) > 0];
        const input = { Name, Value, Type: "String", Overwrite };
        const answer = await outcome<{ Version: number }>("PutParameter", input, ({ Version }) => Version);
        expect(answer, where).toBe(model.put(Name, Value, Overwrite));
      },
      async (name, where) => {
        const selector = random.pick([undefined, "l1", "l2", "l3", String(random.below(130) + 1)]);
        const Name = selector === undefined ? name : `${name}:${selector}`;
        const read = outcome<{ Parameter: { Value: string } }>(
          "GetParameter",
          { Name },
          ({ Parameter }) => Parameter.Value,
        );
        expect(await read, where).toBe(model.get(name, selector));
      },
      async (Name, where) => {
        const [label, ParameterVersion] = [`l${random.below(14)}`, random.below(110) + 1];
        const input = { Name, ParameterVersion, Labels: [label] };
        const answer = await outcome("LabelParameterVersion", input, () => undefined);
        expect(answer, where).toBe(model.label(Name, ParameterVersion, label));
      },
      async (Name, where) => {
        const label = `l${random.below(14)}`;
        const ParameterVersion = model.parameters.get(Name)?.labels.get(label) ?? random.below(110) + 1;
        const input = { Name, ParameterVersion, Labels: [label] };
        const answer = await outcome("UnlabelParameterVersion", input, () => undefined);
        expect(answer, where).toBe(model.unlabel(Name, ParameterVersion, label));
      },
      async (_name, where) => {
        const [Path, Recursive] = [random.pick([root, `${root}/c`]) as string, random.below(2) > 0];
        const pick = (answer: { Parameters: { Name: string }[] }) => answer.Parameters.map(({ Name }) => Name);
        expect(await outcome("GetParametersByPath", { Path, Recursive }, pick), where).toEqual(
          model.under(Path, Recursive),
        );
      },
    ];
    for (let step = 0; step < STEPS; step++) {
      const name = names[random.below(random.below(4) + 1)] as string;
      const where = `seed ${seed}, step ${step}, ${name}`;
      // Mostly writes, so that the oldest versions have to go.
      const index = random.below(3) > 0 ? 0 : random.below(steps.length);
      await steps[index]?.(name, where);
      if (random.below(400) > 0) continue;
      const deleted = await outcome("DeleteParameter", { Name: name }, () => undefined);
      expect(deleted, where).toBe(model.parameters.delete(name) ? undefined : "ParameterNotFound");
    }
    for (const [Name, held] of model.parameters) {
      type History = { Parameters: { Value: string; Version: number; Labels: string[] }[]; NextToken?: string };
      const first = await cloud.call<History>("ssm", "GetParameterHistory", { Name });
      const rest = first.NextToken
        ? await cloud.call<History>("ssm", "GetParameterHistory", { Name, NextToken: first.NextToken })
        : { Parameters: [] };
      const all = [...first.Parameters, ...rest.Parameters];
      expect(all.map(({ Value }) => Value)).toEqual(held.values);
      const labels = all.flatMap(({ Labels, Version }) => Labels.map((label) => [label, Version] as const));
      expect(new Map(labels)).toEqual(held.labels);
    }
  });
});
