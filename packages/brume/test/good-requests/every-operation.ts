/** Requests to the operations for which nobody wrote one: their inputs are put together from what the others say. */
import type { Service } from "../../src/kernel/service.js";
import { loadModel } from "../../src/protocol/model.js";
import type { Member, Shape } from "../../src/protocol/shape.js";
import type { Call, Group } from "./capture.js";
import { Vocabulary } from "./vocabulary.js";

/** What would take away what the other requests are about, or make a request that is never answered. */
const LEFT_OUT =
  /^(Delete(RestApi|Api|Stack|Resource|ImportedKeyMaterial)|ScheduleKeyDeletion|DisableKey|StartLiveTail)$/;
const MAKES =
  /^(Create|Put|Register|Start|Initiate|Import|Upload|Publish|Add|Tag|Set|Enable|Generate|Get|List|Describe)/;
const REMOVES = /^(Delete|Remove|Deregister|Detach|Purge|Revoke|Retire|Untag|Cancel|Disable|Disassociate)/;

type CommandClass = new (input: object) => { input: Record<string, unknown> };

/** Commands for every operation of a service that the group has none of: with all members, and with the required ones. */
export async function missingCommands([id, , commands]: Group, service: Service, call: Call): Promise<unknown[]> {
  const model = await loadModel(id);
  const sdk = (await import(`@aws-sdk/client-${id}`)) as Record<string, unknown>;
  const there = new Set(commands.map((command) => (command as object).constructor.name));
  const words = new Vocabulary();
  for (const { input } of commands as { input: unknown }[]) words.learn(input);
  const operations = Object.keys(service.operations).flatMap((name) => model?.operation(name) ?? []);
  // What is made here has ids that the requests to other operations need; those that make it may need such ids too.
  for (const making of [/^Create/, MAKES]) {
    for (const { name, input } of operations) {
      if (!making.test(name) || there.has(`${name}Command`) || LEFT_OUT.test(name)) continue;
      const output = await call(id, name, new Inputs(words, sdk, false).structure(input, false)).catch(() => undefined);
      words.learn(output, name.replace(/^[A-Z][a-z]+/, ""));
    }
  }
  return operations.flatMap(({ name, input }) => {
    if (there.has(`${name}Command`) || LEFT_OUT.test(name)) return [];
    const Command = sdk[`${name}Command`] as CommandClass;
    const inputs = new Inputs(words, sdk, REMOVES.test(name));
    return [true, false].map((all) => new Command(inputs.structure(input, all)));
  });
}

const isNeeded = ({ required, location }: Member) => required || location === "label";

/** Puts inputs of operations together. */
class Inputs {
  readonly #words: Vocabulary;
  readonly #sdk: Record<string, unknown>;
  readonly #removes: boolean;

  constructor(words: Vocabulary, sdk: Record<string, unknown>, removes: boolean) {
    this.#words = words;
    this.#sdk = sdk;
    this.#removes = removes;
  }

  structure(shape: Shape, all: boolean, depth = 0): Record<string, unknown> {
    const isGiven = (member: Member) =>
      isNeeded(member) ||
      (all && depth <= 3 && !/^(next|marker|position)|(next)?token$|marker$|versionid/i.test(member.name));
    // A union has one member only.
    const members = shape.traits.union ? shape.members.slice(0, 1) : shape.members.filter(isGiven);
    // The last of the members that say what is removed is something that is not missed, where there is such a thing.
    const removed = this.#removes && depth === 0 ? members.findLast(isNeeded)?.name : undefined;
    return Object.fromEntries(
      members.map(({ name, shape }) => [name, this.#value(name, shape, all, depth + 1, name === removed)]),
    );
  }

  #value(name: string, shape: Shape, all: boolean, depth: number, isSpare = false): unknown {
    const known = this.#words.find(name, (value) => isOf(shape, value), isSpare ? 1 : 0);
    if (known !== undefined) return known;
    switch (shape.kind) {
      case "struct":
        return this.structure(shape, all, depth);
      case "list":
        return [this.#value(name.replace(/s$/, ""), shape.element.shape, all, depth + 1)];
      case "map":
        return { k: this.#value(name.replace(/s$/, ""), shape.value.shape, all, depth + 1) };
      case "string":
        return this.#text(name, isSpare);
      case "number":
      case "bigint":
        return 1;
      case "boolean":
        return true;
      case "timestamp":
        return new Date("2026-11-24T00:00:00Z");
      case "blob":
        return Buffer.from("{}");
      default:
        return undefined;
    }
  }

  #text(name: string, isSpare: boolean): string {
    const capitalized = name.charAt(0).toUpperCase() + name.slice(1);
    for (const suffix of ["", "Type", "s"]) {
      const one = this.#sdk[capitalized + suffix];
      if (typeof one === "object" && one !== null && !Array.isArray(one)) return String(Object.values(one)[0]);
    }
    if (/policy|document|body/i.test(name)) return '{"Version":"2012-10-17","Statement":[]}';
    return isSpare ? "new" : "fuzzed";
  }
}

function isOf({ kind }: Shape, value: unknown): boolean {
  switch (kind) {
    case "list":
      return Array.isArray(value);
    case "struct":
    case "map":
      return (
        typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array || value instanceof Date)
      );
    case "blob":
      return value instanceof Uint8Array;
    case "timestamp":
      return value instanceof Date;
    default:
      return typeof value === kind;
  }
}
