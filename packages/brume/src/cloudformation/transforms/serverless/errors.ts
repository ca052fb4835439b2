/** What an expansion refuses, and the one error that all its refusals become. */
import { AwsError } from "../../../kernel/errors.js";
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";

export const TRANSFORM = "AWS::Serverless-2016-10-31";

/** One mistake in a document. The expansion of other resources goes on, so that all mistakes are told at once. */
export class Mistake extends Error {
  /** Why, without where: an event's mistake is told again as its function's. */
  constructor(message: string) {
    super(message);
    this.name = "Mistake";
  }
}

export function invalidResource(id: string, why: string): Mistake {
  return new Mistake(`Resource with id [${id}] is invalid. ${why}`);
}

/** A mistake in an event; whoever expands the function prepends the function's id. */
export class EventMistake extends Mistake {
  constructor(event: string, why: string) {
    super(`Event with id [${event}] is invalid. ${why}`);
    this.name = "EventMistake";
  }
}

/** A mistake after which nothing else of a document can be judged: it is told alone. */
export class StructureMistake extends Mistake {}

export function invalidStructure(why: string): StructureMistake {
  return new StructureMistake(`Structure of the SAM template is invalid. ${why}`);
}

/** AWS's answer to a document with mistakes. */
export function invalidDocument(mistakes: readonly Mistake[]): AwsError {
  const messages = [...new Set(mistakes.map(({ message }) => message))];
  return new AwsError(
    "ValidationError",
    `Transform ${TRANSFORM} failed with: Invalid Serverless Application Specification document. ` +
      `Number of errors found: ${messages.length}. ${messages.join(" ")}`,
  );
}

/** Where a checked value stands: in a resource, or in an event. */
export interface Place {
  readonly id: string;
  readonly path: string;
  readonly of?: "event" | "attribute";
}

function refuse({ id, path, of }: Place, kind: string, why?: string): Mistake {
  if (of === "event") return new EventMistake(id, why ?? `Property '${path}' should be a ${kind}.`);
  const what = of === "attribute" ? "Attribute" : "Property";
  return invalidResource(id, why ?? `${what} '${path}' should be a ${kind}.`);
}

/** @throws Mistake for what is no map */
export function expectMap(value: Json | undefined, place: Place, why?: string): JsonObject {
  if (!isObject(value)) throw refuse(place, "map", why);
  return value;
}

/** @throws Mistake for what is no list */
export function expectList(value: Json | undefined, place: Place): Json[] {
  if (!Array.isArray(value)) throw refuse(place, "list");
  return value;
}

/** @throws Mistake for what is no list of strings */
export function expectTexts(value: Json | undefined, place: Place): string[] {
  return expectList(value, place).map((item, index) => expectText(item, { ...place, path: `${place.path}[${index}]` }));
}

/** @throws Mistake for what is no string */
export function expectText(value: Json | undefined, place: Place): string {
  if (typeof value !== "string") throw refuse(place, "string");
  return value;
}

/** @throws Mistake for what is neither true nor false */
export function expectFlag(value: Json | undefined, place: Place): boolean {
  if (typeof value !== "boolean") throw refuse(place, "boolean");
  return value;
}

/** @throws Mistake for what is not there */
export function expectGiven(value: Json | undefined, { id, path, of }: Place): Json {
  if (value !== undefined && value !== null) return value;
  const why = `Property '${path}' is required.`;
  throw of === "event" ? new EventMistake(id, why) : invalidResource(id, why);
}
