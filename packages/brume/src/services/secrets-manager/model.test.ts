import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { isAwsError } from "../../kernel/errors.js";
import { SeededRandom } from "../testing.js";

const SEED = Number(process.env.BRUME_SEED ?? 20261124);
const STEPS = 1000;
const LABELS = ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS", "mine"];

const tokenOf = (number: number) => `token-${String(number).padStart(26, "0")}`;

/** The versions of a secret as the user guide describes them: every label is at one version, or at none. */
class Model {
  readonly values = new Map<string, string>();
  readonly holders = new Map<string, string>();

  move(label: string, to: string | undefined): void {
    const from = this.holders.get(label);
    if (to === undefined) this.holders.delete(label);
    else this.holders.set(label, to);
    // What was current is the previous from now on.
    if (label === "AWSCURRENT" && from !== undefined && from !== to) this.holders.set("AWSPREVIOUS", from);
  }

  put(token: string, value: string, labels: readonly string[]): string | undefined {
    const held = this.values.get(token);
    if (held !== undefined) return held === value ? undefined : "ResourceExistsException";
    this.values.set(token, value);
    for (const label of labels) this.move(label, token);
    return undefined;
  }

  read(token: string | undefined, label: string | undefined): string {
    const id = token ?? this.holders.get(label ?? "AWSCURRENT");
    const value = id === undefined ? undefined : this.values.get(id);
    if (value !== undefined && token !== undefined && label !== undefined && this.holders.get(label) !== token)
      return "InvalidRequestException";
    return value ?? "ResourceNotFoundException";
  }

  update(label: string, from: string | undefined, to: string | undefined): string | undefined {
    if ([from, to].some((id) => id !== undefined && !this.values.has(id))) return "ResourceNotFoundException";
    const holder = this.holders.get(label);
    const isWrong = from === undefined ? holder !== undefined && holder !== to : from !== holder;
    if ((from ?? to) === undefined || (to === undefined && label === "AWSCURRENT") || isWrong)
      return "InvalidParameterException";
    this.move(label, to);
    return undefined;
  }

  stages(): Record<string, string[]> {
    const found: Record<string, string[]> = {};
    for (const [label, id] of this.holders) found[id] = [...(found[id] ?? []), label].sort();
    return found;
  }
}

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

async function outcome<T>(operation: string, input: object, pick: (answer: T) => unknown): Promise<unknown> {
  try {
    return pick(await cloud.call<T>("secrets-manager", operation, input));
  } catch (error) {
    if (isAwsError(error)) return error.code;
    throw error;
  }
}

describe("PutSecretValue, GetSecretValue, UpdateSecretVersionStage", () => {
  it.each([SEED, SEED + 1, SEED + 2])("move labels as they should (seed %i)", async (seed) => {
    const random = new SeededRandom(seed);
    const model = new Model();
    const SecretId = `model-${seed}`;
    const first = { Name: SecretId, SecretString: "v", ClientRequestToken: tokenOf(0) };
    await cloud.call("secrets-manager", "CreateSecret", first);
    model.put(tokenOf(0), "v", ["AWSCURRENT"]);
    // Not so many that the oldest have to go.
    const anyToken = () => tokenOf(random.below(60));
    const perhaps = <T>(value: T) => (random.below(3) > 0 ? value : undefined);
    const steps: ((where: string) => Promise<void>)[] = [
      async (where) => {
        const [ClientRequestToken, SecretString] = [anyToken(), `v${random.below(2)}`];
        const VersionStages = perhaps(LABELS.filter(() => random.below(3) === 0)) ?? ["AWSCURRENT"];
        if (VersionStages.length === 0) VersionStages.push("AWSPENDING");
        const input = { SecretId, ClientRequestToken, SecretString, VersionStages };
        const answer = await outcome("PutSecretValue", input, () => undefined);
        expect(answer, where).toBe(model.put(ClientRequestToken, SecretString, VersionStages));
      },
      async (where) => {
        const [VersionId, VersionStage] = [perhaps(anyToken()), perhaps(random.pick(LABELS))];
        const input = { SecretId, VersionId, VersionStage };
        const answer = await outcome<{ SecretString: string }>("GetSecretValue", input, (read) => read.SecretString);
        expect(answer, where).toBe(model.read(VersionId, VersionStage));
      },
      async (where) => {
        const VersionStage = random.pick(LABELS) as string;
        const RemoveFromVersionId = perhaps(model.holders.get(VersionStage) ?? anyToken());
        const MoveToVersionId = perhaps(anyToken());
        const input = { SecretId, VersionStage, RemoveFromVersionId, MoveToVersionId };
        const answer = await outcome("UpdateSecretVersionStage", input, () => undefined);
        expect(answer, where).toBe(model.update(VersionStage, RemoveFromVersionId, MoveToVersionId));
      },
      async (where) => {
        const pick = ({ VersionIdsToStages }: { VersionIdsToStages: Record<string, string[]> }) =>
          Object.fromEntries(Object.entries(VersionIdsToStages).map(([id, stages]) => [id, [...stages].sort()]));
        expect(await outcome("DescribeSecret", { SecretId }, pick), where).toEqual(model.stages());
      },
    ];
    for (let step = 0; step < STEPS; step++) await random.pick(steps)?.(`seed ${seed}, step ${step}`);
  });
});
