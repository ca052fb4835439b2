/** A small strict XML parser. It knows no document type, so no entity can be declared, expanded or fetched. */
import { isUtf8 } from "node:buffer";
import { AwsError } from "../kernel/errors.js";

export interface XmlElement {
  /** Without its namespace prefix. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const MAX_DEPTH = 64;
const NAMED: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([^\s>]+)\s*>|<([^\s/>!?]+)(?=[\s/>])((?:[^>"']|"[^"]*"|'[^']*')*?)(\/?)>|[^<]+/y;
const ATTRIBUTE = /\s+([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/y;

/**
 * Parses a document.
 * @throws AwsError `MalformedXML` (400) for anything that is not well-formed UTF-8, and for a DOCTYPE
 */
export function parseXml(document: Buffer): XmlElement {
  type Open = { name: string; attributes: Record<string, string>; children: XmlElement[]; text: string };
  if (!isUtf8(document)) throw malformed();
  const source = document.toString();
  const root: Open = { name: "", attributes: {}, children: [], text: "" };
  const stack: Open[] = [root];
  const pattern = new RegExp(TOKEN);
  const text = source.charCodeAt(0) === 0xfeff ? source.slice(1) : source;
  while (pattern.lastIndex < text.length) {
    const token = pattern.exec(text);
    if (!token) throw malformed();
    const top = stack[stack.length - 1] as Open;
    const [whole, cdata, closing, opening, attributes = "", selfClosing] = token;
    if (cdata !== undefined) top.text += cdata;
    else if (closing !== undefined) {
      if (stack.length === 1 || top.name !== localName(closing)) throw malformed();
      stack.pop();
    } else if (opening !== undefined) {
      const element: Open = {
        name: localName(opening),
        attributes: parseAttributes(attributes),
        children: [],
        text: "",
      };
      top.children.push(element);
      if (selfClosing === "") stack.push(element);
      if (stack.length > MAX_DEPTH) throw malformed();
    } else if (!whole.startsWith("<")) top.text += decodeEntities(whole);
  }
  const [element, ...more] = root.children;
  if (stack.length !== 1 || !element || more.length > 0 || root.text.trim() !== "") throw malformed();
  return element;
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function parseAttributes(source: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  const trimmed = source.trimEnd();
  const pattern = new RegExp(ATTRIBUTE);
  while (pattern.lastIndex < trimmed.length) {
    const match = pattern.exec(trimmed);
    if (!match) throw malformed();
    attributes[match[1] as string] = decodeEntities(match[2] ?? match[3] ?? "");
  }
  return attributes;
}

function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w+));|&/g, (_, hex, decimal, name) => {
    if (name !== undefined) {
      const character = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
      if (character === undefined) throw malformed();
      return character;
    }
    const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal);
    if (!(code > 0 && code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) throw malformed();
    return String.fromCodePoint(code);
  });
}

function malformed(): AwsError {
  return new AwsError(
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
  );
}
