/** User metadata, which headers carry: text beyond ASCII is encoded as RFC 2047 says. See "Working with object metadata". */

const UTF8 = new TextDecoder("utf-8", { fatal: true });
const ENCODED_WORD = /=\?utf-8\?([bq])\?([^?\s]*)\?=/gi;

/** A header's value as text. Node hands bytes over as Latin-1; most clients mean UTF-8. */
export function fromHeader(value: string): string {
  let text = value;
  try {
    text = UTF8.decode(Buffer.from(value, "latin1"));
  } catch {
    // Not UTF-8: then it is Latin-1, as HTTP once had it.
  }
  return text.replace(ENCODED_WORD, (_word, kind: string, content: string) =>
    kind.toLowerCase() === "b" ? Buffer.from(content, "base64").toString() : decodeQuoted(content),
  );
}

function decodeQuoted(content: string): string {
  const bytes = content
    .replaceAll("_", " ")
    .replace(/=([0-9a-fA-F]{2})/g, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}

/** Text as a header can carry it. */
export function toHeader(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString("base64")}?=`;
}
