/** Reads a `multipart/form-data` body as it arrives: first the fields, then a file as a stream. See RFC 7578. */
import { AwsError } from "../../kernel/errors.js";

const MAX_FIELDS_BYTES = 20 * 1024;
const HEAD_END = Buffer.from("\r\n\r\n");

/** The part of a form that is a file: its content is read after everything that stands before it. */
export interface FormFile {
  /** As the browser names it, with or without a path. */
  readonly name: string;
  /** The content, to be read once. */
  readonly content: AsyncIterable<Uint8Array>;
}

export interface Form {
  /** By their names in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  /** Absent where the form ends without one. */
  readonly file?: FormFile;
}

/** The boundary that a content type names. @throws AwsError `MalformedPOSTRequest` */
export function boundaryOf(contentType: string): string {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined || boundary.length > 70) throw malformed();
  return boundary;
}

/**
 * Reads a form up to the content of its file; what follows that is not looked at, as on AWS.
 * @throws AwsError `MalformedPOSTRequest`, `MaxPostPreDataLengthExceeded`, or `IncompleteBody`
 */
export async function readForm(source: AsyncIterator<Uint8Array>, boundary: string): Promise<Form> {
  const parts = new PartReader(source, boundary);
  const fields = new Map<string, string>();
  let left = MAX_FIELDS_BYTES;
  for await (const _ of parts.content()); // a preamble says nothing
  for (;;) {
    const head = await parts.head();
    if (head === undefined) return { fields };
    const { name, filename } = dispositionOf(head);
    if (filename !== undefined || name === "file") {
      return { fields, file: { name: filename ?? "", content: parts.content() } };
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of parts.content()) {
      left -= chunk.length;
      if (left < 0) throw tooLong();
      chunks.push(chunk);
    }
    fields.set(name.toLowerCase(), Buffer.concat(chunks).toString());
  }
}

function dispositionOf(head: string): { name: string; filename: string | undefined } {
  const line = /^content-disposition:\s*form-data\s*(;.*)$/im.exec(head)?.[1] ?? "";
  const name = parameter(line, "name");
  if (name === undefined) throw malformed();
  return { name, filename: parameter(line, "filename") };
}

function parameter(line: string, name: string): string | undefined {
  const [, quoted, bare] = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;]+))`, "i").exec(line) ?? [];
  // Browsers escape quotation marks as HTML's form submission says; others with a backslash.
  return (quoted?.replace(/\\(["\\])/g, "$1") ?? bare)?.replaceAll("%22", '"');
}

/** Walks over the parts, holding no more than one chunk. */
class PartReader {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #delimiter: Buffer;
  // The first boundary needs no line before it.
  #buffer: Buffer = Buffer.from("\r\n");

  constructor(source: AsyncIterator<Uint8Array>, boundary: string) {
    this.#source = source;
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
  }

  /** What is left until the next boundary. */
  async *content(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = this.#buffer.indexOf(this.#delimiter);
      // The end of what is here may be the beginning of a boundary.
      const end = at >= 0 ? at : Math.max(0, this.#buffer.length - this.#delimiter.length + 1);
      const chunk = this.#buffer.subarray(0, end);
      this.#buffer = this.#buffer.subarray(at >= 0 ? at + this.#delimiter.length : end);
      if (chunk.length > 0) yield chunk;
      if (at >= 0) return;
      await this.#more();
    }
  }

  /** The header of the part that begins here; `undefined` at the end of the form. */
  async head(): Promise<string | undefined> {
    while (this.#buffer.length < 2) await this.#more();
    if (this.#buffer.toString("latin1", 0, 2) === "--") return undefined;
    let end = this.#buffer.indexOf(HEAD_END);
    for (; end < 0; end = this.#buffer.indexOf(HEAD_END)) {
      if (this.#buffer.length > MAX_FIELDS_BYTES) throw tooLong();
      await this.#more();
    }
    const head = this.#buffer.toString("utf8", 0, end);
    this.#buffer = this.#buffer.subarray(end + HEAD_END.length);
    return head;
  }

  async #more(): Promise<void> {
    const { value, done } = await this.#source.next().catch(() => {
      throw new AwsError("IncompleteBody", "The request body terminated unexpectedly", { status: 400 });
    });
    if (done) throw malformed();
    this.#buffer = this.#buffer.length > 0 ? Buffer.concat([this.#buffer, value]) : Buffer.from(value);
  }
}

const malformed = () =>
  new AwsError("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.", {
    status: 400,
  });
const tooLong = () =>
  new AwsError("MaxPostPreDataLengthExceeded", "Your POST request fields preceding the upload file was too large.", {
    members: { MaxPostPreDataLengthBytes: MAX_FIELDS_BYTES },
    status: 400,
  });
