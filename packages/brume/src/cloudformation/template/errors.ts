/** The errors that templates are refused with. */
import { AwsError } from "../../kernel/errors.js";
import { lineOf } from "./parse.js";
import { constructPath, type Template } from "./template.js";

/** AWS's `ValidationError`, which is what every mistake in a template or a request to the engine is answered with. */
export function invalidTemplate(message: string): AwsError {
  return new AwsError("ValidationError", message);
}

/** A value that a message names: whatever stands where a name was expected. */
export function shown(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The same, with the place in the template: its construct path where it has one, its line otherwise. */
export function invalidAt(template: Template, path: readonly string[], message: string): AwsError {
  const resource = path[0] === "Resources" && path[1] ? template.resources[path[1]] : undefined;
  const construct = constructPath(resource);
  const line = construct ? undefined : lineOf(template.text, path);
  const where = construct ? ` (at ${construct})` : line ? ` (line ${line})` : "";
  return invalidTemplate(message + where);
}
