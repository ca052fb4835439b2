/** Expands the real SAM templates that lie beside the repository, where they do. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isAwsError } from "../../../kernel/errors.js";
import { Spec } from "../../schema/spec.js";
import { readDocument, toTemplate } from "../../template/parse.js";
import type { JsonObject } from "../../template/template.js";
import { validateTemplate } from "../../template/validate.js";
import { expandServerless } from "./index.js";
import { listOf, mapOf } from "./plain.js";

const FOLDER = fileURLToPath(new URL("../../../../../../../shared/templates/", import.meta.url));
const TRANSFORM = "AWS::Serverless-2016-10-31";
const SCOPE = { region: "us-east-1", account: "123456789012", partition: "aws", parameters: {} };

/** The part of the templates that has to expand into valid ones; the others are wrong themselves. */
const EXPECTED_SHARE = 0.97;

const spec = new Spec();

/** Why a template does not become a valid one; undefined where it does. */
function problemOf(document: JsonObject): string | undefined {
  try {
    const expanded = expandServerless(document, SCOPE);
    const left = Object.values(mapOf(expanded.Resources)).map((resource) => String(mapOf(resource).Type));
    expect(left.filter((type) => type.startsWith("AWS::Serverless::"))).toEqual([]);
    validateTemplate(toTemplate(JSON.stringify(expanded), expanded), spec);
    return undefined;
  } catch (error) {
    if (isAwsError(error, "ValidationError")) return error.message;
    throw error;
  }
}

describe.skipIf(!existsSync(FOLDER))("real SAM templates", () => {
  it("expand into valid ones", () => {
    const files = readFileSync(`${FOLDER}index.tsv`, "utf8")
      .split("\n")
      .map((line) => line.split("\t")[0] as string);
    const failed: string[] = [];
    let count = 0;
    for (const file of files.slice(1)) {
      if (file === "" || !readFileSync(FOLDER + file, "utf8").includes(TRANSFORM)) continue;
      const document = readDocument(readFileSync(FOLDER + file, "utf8"));
      // What other transforms would have made of it is not known here.
      if (listOf(document.Transform).some((name) => name !== TRANSFORM)) continue;
      count++;
      const problem = problemOf(document);
      if (problem !== undefined) failed.push(`${file}: ${problem}`);
    }
    expect((count - failed.length) / count, failed.join("\n")).toBeGreaterThanOrEqual(EXPECTED_SHARE);
  }, 60_000);
});
