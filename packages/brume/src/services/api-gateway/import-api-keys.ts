/** API keys from a file of comma-separated values. */
import type { Handler } from "../../kernel/service.js";
import { newApiKey } from "./api-keys.js";
import { textOf } from "./shared/document-text.js";
import { badRequest, defined, usagePlanKeys, usagePlans } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

const COLUMNS = ["name", "key", "description", "enabled", "usageplanids"] as const;
type Column = (typeof COLUMNS)[number];

/** The rows of a file by the names of its columns. @throws AwsError `BadRequestException` */
function rowsOf(text: string): Partial<Record<Column, string>>[] {
  const [header = [], ...rows] = linesOf(text);
  const columns = header.map((name) => name.trim().toLowerCase());
  if (!columns.includes("key")) throw badRequest("Invalid API key file: the header must have a 'key' column");
  return rows.map((values) =>
    Object.fromEntries(
      columns.flatMap((name, index) => {
        const value = values[index]?.trim();
        return COLUMNS.includes(name as Column) && value ? [[name, value]] : [];
      }),
    ),
  );
}

/** Values may stand in quotation marks, which are doubled within them. */
function linesOf(text: string): string[][] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:\s*"((?:[^"]|"")*)"\s*|([^,]*))/g)].map(
        ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? "",
      ),
    );
}

export const importApiKeys: Handler<Sdk, "ImportApiKeys"> = (input, ctx) => {
  if (input.format !== "csv") throw badRequest("Invalid API key format specified: only csv is supported");
  const ids: string[] = [];
  const warnings: string[] = [];
  for (const row of rowsOf(textOf(input.body))) {
    const { name, key: value, description, enabled, usageplanids = "" } = row;
    const key = newApiKey(ctx, { name, value, description, enabled: enabled?.toLowerCase() === "true" });
    ids.push(key.id);
    for (const plan of usageplanids.split(/[,;\s]+/).filter(Boolean)) {
      if (ctx.table(usagePlans).has(plan)) {
        const { id, value: secret } = key;
        ctx.table(usagePlanKeys).put([plan, id], { ...defined({ name }), id, type: "API_KEY", value: secret });
      } else warnings.push(`Unable to add key ${key.id} to usage plan ${plan}: the plan does not exist`);
    }
  }
  if (input.failOnWarnings && warnings.length > 0) throw badRequest(warnings.join("\n"));
  return { ids, warnings };
};
