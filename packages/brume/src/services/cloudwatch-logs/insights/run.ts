/** Runs queries: records go through the commands one after another, and come out as rows. */
import { type Accumulator, makeAccumulator, timeOf } from "./aggregates.js";
import { evaluate } from "./evaluate.js";
import { LogRecord } from "./record.js";
import type { Column, Command, Expression } from "./syntax.js";
import { isTrue, naturalOrder, toText, type Value } from "./values.js";

/** A result: the fields that are shown, those without a value left out. */
export type Row = { field: string; value: string }[];

/** Takes records, and does something with them, or with all of them when there are no more. */
interface Sink {
  push(record: LogRecord): void;
  finish(): void;
}

/** A query that is being run. */
export interface Run {
  push(record: LogRecord): void;
  /** The rows, when all records have come. */
  finish(): Row[];
  /** How many records came through the filters at the beginning. */
  readonly matched: number;
}

/** Begins to run a query over records that come in descending order of their times. */
export function startRun(commands: readonly Command[], now: number, mostRows: number): Run {
  const kept: LogRecord[] = [];
  let matched = 0;
  const shown = shownFields(commands);
  const isOfEvents = !commands.some(({ kind }) => kind === "stats");
  let sink: Sink = { push: (record) => void (kept.length < mostRows && kept.push(record)), finish: () => {} };
  const counted = commands.findIndex(({ kind }) => !["fields", "filter", "parse", "display"].includes(kind));
  const countAt = counted < 0 ? commands.length : counted;
  for (let i = commands.length; i >= 0; i--) {
    if (i === countAt) {
      const next = sink;
      sink = {
        push(record) {
          matched++;
          next.push(record);
        },
        finish: () => next.finish(),
      };
    }
    const command = commands[i - 1];
    if (command) sink = stage(command, sink, now);
  }
  return {
    push: (record) => sink.push(record),
    finish() {
      sink.finish();
      return kept.map((record) => rowOf(record, isOfEvents ? [...shown, "@ptr"] : shown));
    },
    get matched() {
      return matched;
    },
  };
}

/** The names of what a query shows. */
function shownFields(commands: readonly Command[]): string[] {
  let shown: string[] | undefined;
  const add = (names: readonly string[]) => {
    shown = [...new Set([...(shown ?? []), ...names])];
  };
  const namesOf = (columns: readonly Column[]) => columns.map(({ name }) => name);
  for (const command of commands) {
    if (command.kind === "fields") add(namesOf(command.columns));
    else if (command.kind === "parse") add(shown === undefined ? [...DEFAULT_FIELDS, ...command.names] : command.names);
    else if (command.kind === "display") shown = namesOf(command.columns);
    else if (command.kind === "stats") shown = namesOf([...command.by, ...command.columns]);
  }
  return (shown ?? DEFAULT_FIELDS).filter((name) => name !== "@ptr");
}

const DEFAULT_FIELDS = ["@timestamp", "@message"];

function rowOf(record: LogRecord, fields: readonly string[]): Row {
  return fields.flatMap((field) => {
    const value = toText(record.get(field));
    return value === undefined ? [] : [{ field, value }];
  });
}

function setColumns(record: LogRecord, columns: readonly Column[]): void {
  for (const { name, expression } of columns) {
    if (expression.kind !== "field" || expression.name !== name) record.set(name, evaluate(expression, record));
  }
}

function stage(command: Command, next: Sink, now: number): Sink {
  const finish = () => next.finish();
  switch (command.kind) {
    case "fields":
    case "display":
      return {
        push(record) {
          setColumns(record, command.columns);
          next.push(record);
        },
        finish,
      };
    case "filter":
      return { push: (record) => void (isTrue(evaluate(command.condition, record)) && next.push(record)), finish };
    case "parse":
      return {
        push(record) {
          const taken = command.take(toText(evaluate(command.of, record)) ?? "");
          for (const [index, name] of command.names.entries()) record.set(name, taken?.[index]);
          next.push(record);
        },
        finish,
      };
    case "stats":
      return statistics(command, next, now);
    case "sort":
      return sorter(command.keys, next);
    case "limit":
      return limiter(command.count, next);
    case "dedup":
      return deduplicator(command.expressions, next);
  }
}

function limiter(count: number, next: Sink): Sink {
  let left = count;
  return { push: (record) => void (left-- > 0 && next.push(record)), finish: () => next.finish() };
}

function deduplicator(expressions: readonly Expression[], next: Sink): Sink {
  const seen = new Set<string>();
  return {
    push(record) {
      const values = expressions.map((expression) => toText(evaluate(expression, record)));
      // What lacks one of the values is nothing's duplicate.
      if (!values.includes(undefined)) {
        const key = JSON.stringify(values);
        if (seen.has(key)) return;
        seen.add(key);
      }
      next.push(record);
    },
    finish: () => next.finish(),
  };
}

function sorter(keys: (Command & { kind: "sort" })["keys"], next: Sink): Sink {
  const records: { record: LogRecord; values: Value[] }[] = [];
  return {
    push: (record) => void records.push({ record, values: keys.map(({ expression }) => evaluate(expression, record)) }),
    finish() {
      records.sort((a, b) => {
        for (const [index, { descending }] of keys.entries()) {
          const difference = naturalOrder(a.values[index], b.values[index]);
          if (difference !== 0) return descending ? -difference : difference;
        }
        return 0;
      });
      for (const { record } of records) next.push(record);
      next.finish();
    },
  };
}

interface Group {
  readonly values: readonly Value[];
  readonly accumulators: readonly Accumulator[];
}

function statistics({ columns, by }: Command & { kind: "stats" }, next: Sink, now: number): Sink {
  const aggregates = columns.flatMap(({ expression }) => aggregatesIn(expression));
  const groups = new Map<string, Group>();
  const groupOf = (values: readonly Value[]): Group => {
    const key = JSON.stringify(values.map((value) => toText(value) ?? null));
    let group = groups.get(key);
    if (!group) {
      group = { values, accumulators: aggregates.map(({ name }) => makeAccumulator(name)) };
      groups.set(key, group);
    }
    return group;
  };
  return {
    push(record) {
      const { accumulators } = groupOf(by.map(({ expression }) => evaluate(expression, record)));
      const time = timeOf(record.get("@timestamp"));
      for (const [index, { args }] of aggregates.entries()) {
        const values = args.map((arg) => evaluate(arg, record));
        accumulators[index]?.add(values, time);
      }
    },
    finish() {
      for (const { values, accumulators } of groups.values()) {
        const results = new Map<Expression, Value>(
          aggregates.map((aggregate, index) => [aggregate, accumulators[index]?.result()]),
        );
        const own = new Map<string, Value>(by.map(({ name }, index) => [name, values[index]]));
        const record = new LogRecord(own, now);
        const scope = { get: (name: string) => record.get(name), now, aggregates: results };
        for (const { name, expression } of columns) record.set(name, evaluate(expression, scope));
        next.push(record);
      }
      next.finish();
    },
  };
}

/** The functions of many records in an expression. */
function aggregatesIn(expression: Expression): (Expression & { kind: "aggregate" })[] {
  switch (expression.kind) {
    case "aggregate":
      return [expression];
    case "call":
      return expression.args.flatMap(aggregatesIn);
    case "binary":
      return [...aggregatesIn(expression.left), ...aggregatesIn(expression.right)];
    case "not":
    case "negative":
    case "in":
    case "like":
      return aggregatesIn(expression.of);
    default:
      return [];
  }
}
