/** `brume invoke`. */
import { readFileSync } from "node:fs";
import { UserError } from "../../kernel/errors.js";
import { requireCloud } from "../connect.js";
import { findFunction } from "../find-function.js";
import type { Action } from "../main.js";

export const invoke: Action = async ([given], options, output) => {
  const Payload = Buffer.from(eventOf(options.event)).toString("base64");
  const cloud = await requireCloud(options);
  const { name: FunctionName, place } = await findFunction(cloud, given as string, options);
  const input = {
    FunctionName,
    Payload,
    InvocationType: options.async ? "Event" : "RequestResponse",
    LogType: options.async ? "None" : "Tail",
  };
  const answer = await cloud.call<{
    StatusCode?: number;
    FunctionError?: string;
    Payload?: string;
    LogResult?: string;
  }>("lambda", "Invoke", input, place);
  cloud.close();
  const payload = Buffer.from(answer.Payload ?? "", "base64").toString();
  if (answer.LogResult) output.note(Buffer.from(answer.LogResult, "base64").toString().trimEnd());
  if (payload) output.line(payload);
  output.result({ function: FunctionName, error: answer.FunctionError, payload: parsed(payload) });
  return answer.FunctionError ? 1 : 0;
};

function eventOf(given: string | undefined): string {
  const text = given === undefined ? "{}" : given.startsWith("@") ? readEvent(given.slice(1)) : given;
  try {
    JSON.parse(text);
    return text;
  } catch (error) {
    throw new UserError("InvalidEvent", `The event is not valid JSON: ${(error as Error).message}`, {
      where: given?.startsWith("@") ? given.slice(1) : undefined,
      hint: "Give it as --event '{\"key\": 1}', or as --event @FILE.",
    });
  }
}

function readEvent(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UserError("NoEventFile", `The event cannot be read: ${(error as Error).message}`, {
      where: file,
      cause: error,
    });
  }
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}
