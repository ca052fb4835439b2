/** Turns what a process prints into log messages: one a line, or one a frame where a runtime framed it. */
import { StringDecoder } from "node:string_decoder";

/** A line that begins with this is one message, in which `LINE_BREAK` stands for line breaks. */
const FRAME = "\x1e";
const LINE_BREAK = "\x1d";
/** CloudWatch Logs takes at most 1 MiB in one event; longer lines are cut into several. */
const MAX_MESSAGE_CHARS = 250_000;

export class LogLines {
  readonly #decoder = new StringDecoder("utf8");
  readonly #emit: (message: string) => void;
  #rest = "";

  constructor(emit: (message: string) => void) {
    this.#emit = emit;
  }

  push(chunk: Buffer): void {
    const text = this.#rest + this.#decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      this.#message(text.slice(start, end));
      start = end + 1;
    }
    this.#rest = text.slice(start);
    if (this.#rest.length > MAX_MESSAGE_CHARS) this.end();
  }

  /** What stands without a line break at the end is a message too. */
  end(): void {
    if (this.#rest !== "") this.#message(this.#rest);
    this.#rest = "";
  }

  #message(line: string): void {
    const framed = line.startsWith(FRAME);
    const message = framed ? line.slice(1).replaceAll(LINE_BREAK, "\n") : line;
    for (let start = 0; start === 0 || start < message.length; start += MAX_MESSAGE_CHARS) {
      const part = message.slice(start, start + MAX_MESSAGE_CHARS);
      if (part !== "") this.#emit(part);
    }
  }
}
