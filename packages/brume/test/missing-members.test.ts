import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AwsError, type RunningCloud, startCloud } from "../src/index.js";
import { loadModel } from "../src/protocol/model.js";
import type { Shape } from "../src/protocol/shape.js";
import { goodCommands } from "./good-requests/index.js";

/** Members that the SDK calls required and services do without. */
const DISPENSABLE: Readonly<Record<string, readonly string[]>> = {
  // Entries of batches are answered by themselves.
  "sqs:ChangeMessageVisibilityBatch": ["Entries[].ReceiptHandle"],
  "sqs:DeleteMessageBatch": ["Entries[].ReceiptHandle"],
  "sqs:SendMessageBatch": ["Entries[].MessageBody"],
  "sns:PublishBatch": ["PublishBatchRequestEntries[].Message"],
  // The identifier stands in the document as well.
  "s3:PutBucketAnalyticsConfiguration": ["Id"],
  "s3:PutBucketMetricsConfiguration": ["Id"],
};

let cloud: RunningCloud;
let commands: [service: string, operation: string, input: Record<string, unknown>][];
beforeAll(async () => {
  cloud = await startCloud();
  commands = (await goodCommands(cloud)).flatMap(([service, , list]) =>
    list.map((command): (typeof commands)[number] => [
      service,
      (command as object).constructor.name.replace(/Command$/, ""),
      (command as { input: Record<string, unknown> }).input,
    ]),
  );
}, 60_000);
afterAll(() => cloud.close());

/** Inputs that lack one required member each, wherever it stands, with its path. Members in the path of a URL are always there. */
function* lacking(shape: Shape, input: unknown, path = ""): Generator<[path: string, input: unknown]> {
  if (input === undefined || input === null) return;
  if (shape.kind === "list") {
    const [first, ...rest] = input as unknown[];
    for (const [where, bad] of lacking(shape.element.shape, first, `${path}[]`)) yield [where, [bad, ...rest]];
  } else if (shape.kind === "map") {
    for (const [key, value] of Object.entries(input).slice(0, 1)) {
      for (const [where, bad] of lacking(shape.value.shape, value, `${path}{}`))
        yield [where, { ...input, [key]: bad }];
    }
  } else if (shape.kind === "struct") {
    const given = input as Record<string, unknown>;
    for (const { name, required, location, shape: inner } of shape.members) {
      if (given[name] === undefined || location === "label") continue;
      const place = path === "" ? name : `${path}.${name}`;
      const { [name]: _, ...rest } = given;
      if (required) yield [place, rest];
      for (const [where, bad] of lacking(inner, given[name], place)) yield [where, { ...given, [name]: bad }];
    }
  }
}

describe("every operation", () => {
  it("refuses an input that lacks a required member", async () => {
    const taken: string[] = [];
    for (const [service, name, input] of commands) {
      const operation = (await loadModel(service))?.operation(name);
      if (!operation) continue;
      for (const [path, bad] of lacking(operation.input, input)) {
        if (DISPENSABLE[`${service}:${name}`]?.includes(path)) continue;
        const outcome = await cloud.call(service, name, bad as object).catch((error: unknown) => error);
        if (outcome instanceof AwsError && (outcome.status ?? 400) < 500) continue;
        taken.push(`${service}:${name} ${path}${outcome instanceof Error ? `: ${outcome.stack}` : ""}`);
      }
    }
    expect([...new Set(taken)].join("\n")).toBe("");
  }, 60_000);
});
