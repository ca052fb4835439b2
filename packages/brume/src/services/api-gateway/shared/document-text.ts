/** API descriptions as text: JSON or YAML. The library for YAML is loaded by those who need it. */

/** The text of a payload of bytes, whatever else clients may send in its place. */
export const textOf = (body: unknown): string => Buffer.from((body ?? []) as Uint8Array).toString();

/** What a text describes. @throws SyntaxError, or the error of the YAML library, for what is neither */
export async function readDocument(text: string): Promise<unknown> {
  if (/^\s*[{[]/.test(text)) return JSON.parse(text) as unknown;
  const { parse } = await import("yaml");
  return parse(text) as unknown;
}

/** A document as `application/json` or `application/yaml`. */
export async function writeDocument(document: object, format: "json" | "yaml"): Promise<Buffer> {
  if (format === "json") return Buffer.from(JSON.stringify(document, null, 2));
  const { stringify } = await import("yaml");
  return Buffer.from(stringify(document, { aliasDuplicateObjects: false }));
}
