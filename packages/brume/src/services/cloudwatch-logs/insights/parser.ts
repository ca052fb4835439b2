/** Reads queries: commands with bars between them. See "CloudWatch Logs Insights language query syntax". */
import { ExpressionParser } from "./expressions.js";
import { Lexer, type Token } from "./lexer.js";
import { type Command, type Expression, MalformedQuery, type Take } from "./syntax.js";

/** The most results of a query. */
export const MAX_LIMIT = 100_000;
/** Differs from AWS: these commands of Logs Insights are refused. */
const ABSENT = new Set(["anomaly", "diff", "join", "lookup", "pattern", "source", "unmask", "unnest"]);

/** Reads a query. @throws MalformedQuery */
export function parseQuery(source: string): Command[] {
  return new QueryParser(new Lexer(source)).commands();
}

class QueryParser extends ExpressionParser {
  readonly #commands: Readonly<Record<string, () => Command>> = {
    fields: () => ({ kind: "fields", columns: this.list(() => this.column()) }),
    display: () => ({ kind: "display", columns: this.list(() => this.column()) }),
    filter: () => ({ kind: "filter", condition: this.expression() }),
    // Differs from AWS: there are no indexes; all events are looked at.
    filterindex: () => ({ kind: "filter", condition: this.expression() }),
    parse: () => this.#parse(),
    stats: () => this.#stats(),
    sort: () => ({ kind: "sort", keys: this.list(() => this.#key()) }),
    limit: () => this.#limit(),
    dedup: () => ({ kind: "dedup", expressions: this.list(() => this.expression()) }),
  };

  commands(): Command[] {
    const commands: Command[] = [];
    do {
      const token = this.lexer.next();
      const command = this.#command(token);
      // The user guide allows only `limit` after `dedup`.
      if (commands.at(-1)?.kind === "dedup" && command.kind !== "limit") throw this.wrong(token);
      commands.push(command);
    } while (this.takeSign("|"));
    const end = this.lexer.next();
    if (end.kind !== "end") throw this.wrong(end);
    return commands;
  }

  #command(token: Token): Command {
    const name = token.text.toLowerCase();
    if (token.kind === "word" && ABSENT.has(name))
      throw new MalformedQuery(`brume does not have the command ${name}`, token.start, token.end);
    const read = token.kind === "word" && Object.hasOwn(this.#commands, name) ? this.#commands[name] : undefined;
    if (!read) throw this.wrong(token);
    return read();
  }

  #stats(): Command {
    const columns = this.list(() => this.column({ aggregates: true }));
    const by = this.takeWord("by") ? this.list(() => this.column()) : [];
    return { kind: "stats", columns, by };
  }

  #key(): { expression: Expression; descending: boolean } {
    const expression = this.expression();
    const descending = this.takeWord("desc");
    if (!descending) this.takeWord("asc");
    return { expression, descending };
  }

  #limit(): Command {
    const token = this.lexer.next();
    const count = Number(token.text);
    if (token.kind !== "number" || !Number.isInteger(count) || count < 1) throw this.wrong(token);
    if (count > MAX_LIMIT) throw new MalformedQuery(`the limit may be at most ${MAX_LIMIT}`, token.start, token.end);
    return { kind: "limit", count };
  }

  #parse(): Command {
    const next = this.lexer.peek();
    const isText = next.kind === "text" || (next.kind === "sign" && next.text === "/");
    const of: Expression = isText ? { kind: "field", name: "@message" } : { kind: "field", name: this.name() };
    const regex = this.regex();
    if (regex) {
      const named = regex.names.filter((name) => name !== undefined);
      const names = this.takeWord("as") ? this.list(() => this.name()) : named;
      const isMatched = names.length > 0 && (names.length === regex.names.length || names === named);
      if (!isMatched) throw this.wrong(this.lexer.peek());
      const take: Take = (text) => {
        const groups = regex.exec(text)?.groups;
        return names === named ? groups?.filter((_, index) => regex.names[index] !== undefined) : groups;
      };
      return { kind: "parse", of, names, take };
    }
    const token = this.lexer.next();
    if (token.kind !== "text" || !this.takeWord("as")) throw this.wrong(token);
    const names = this.list(() => this.name());
    const parts = token.text.split("*");
    if (parts.length - 1 !== names.length)
      throw new MalformedQuery("parse has to name as many fields as it has stars", token.start, token.end);
    return { kind: "parse", of, names, take: (text) => takeBetween(parts, text) };
  }
}

/** What stands between the parts of a pattern, each as short as it can be; the last star takes all that is left. */
function takeBetween(parts: readonly string[], text: string): string[] | undefined {
  const start = text.indexOf(parts[0] as string);
  if (start < 0) return undefined;
  let at = start + (parts[0] as string).length;
  const taken: string[] = [];
  for (const [index, part] of parts.entries()) {
    if (index === 0) continue;
    const isRest = part === "" && index === parts.length - 1;
    const end = isRest ? text.length : text.indexOf(part, at);
    if (end < 0) return undefined;
    taken.push(text.slice(at, end));
    at = end + part.length;
  }
  return taken;
}
