/** What an account holds, by looking into the cloud's tables: all that should be gone when its stacks are. */
import type { Account } from "./account.js";

const END = "\u{10FFFF}";

/** Tables of what has been and is kept, as AWS keeps it, and of the cloud's own affairs. */
const KEPT: readonly (readonly [table: RegExp, why: string])[] = [
  [
    /^cloudformation\/(?!modelled-resources$|resources|stack-names$|exports$|imports$|response|cleanups$)/,
    "what has been done to stacks stays describable",
  ],
  [/^cloudwatch\/(metrics|buckets|history)$/, "metrics and histories of alarms expire"],
  [/^kms\/keys$/, "keys wait for their deletion"],
  [/^(logs\/account-policies|api-gateway\/accounts)$/, "settings of the account, which AWS keeps too"],
  [/^dynamodb\/backups$/, "a table with point-in-time recovery leaves a backup"],
  [/^dynamodb\/stream(s|-records)$/, "a stream can be read for a day after its table has gone"],
  [/^ssm\/tier-counts$/, "counters"],
  [/^lambda\/layers$/, "the numbers of a layer's versions are never used twice"],
  [/^sns\/outbox$/, "what was sent to people"],
  [/^kernel\/(clock|access-keys|running-timers|timers-by-id)$/, "the cloud's own"],
  [/^ecr\/secret$|^sns\/signing-keys$/, "the cloud's own"],
];

/** Timers that outlive what they are for, as their tables do. */
const KEPT_TIMERS =
  /^(kms|cloudwatch|cloudwatch-logs|cloudcontrol)\/|^dynamodb\/(expireBackup|trim)|^lambda\/deliver|^ecr\/removeLayers|^sns\/forget pending/;

/** The keys of all rows of an account, by table. */
export type Holdings = ReadonlyMap<string, readonly string[]>;

/** All that an account (or, in tables of the whole cloud, anyone) holds. */
export function holdings({ cloud, place }: Account): Holdings {
  const { store } = cloud.kernel;
  const found = new Map<string, string[]>();
  for (const table of tableNames(store)) {
    if (KEPT.some(([pattern]) => pattern.test(table))) continue;
    const own = `${table}\0\0${place.account}\0`;
    const keys = [...store.scan(own, `${own}\u0001`, false)].map(([key]) => key);
    if (table === "kernel/timers") keys.push(...timersOf(store, place.account));
    else if (CLOUD_TABLES.test(table))
      keys.push(...[...store.scan(`${table}\0\0`, `${table}\0\u0001`, false)].map(([key]) => key));
    if (keys.length > 0) found.set(table, keys);
  }
  return found;
}

/** Tables whose rows begin with no account. */
const CLOUD_TABLES =
  /^(s3|lambda|api-gateway|apigatewayv2|ecr)\/(buckets|configurations|objects|noncurrent|uploads|parts|owners|domain-owners|layer-holders|urls)$|^cloudformation\/response/;

type Store = Account["cloud"]["kernel"]["store"];

function tableNames(store: Store): string[] {
  const names: string[] = [];
  for (let first = firstKey(store, ""); first !== undefined; ) {
    const name = first.slice(0, first.indexOf("\0\0"));
    names.push(name);
    first = firstKey(store, `${name}\0\u0001`);
  }
  return names;
}

function firstKey(store: Store, from: string): string | undefined {
  for (const [key] of store.scan(from, END, false)) return key;
  return undefined;
}

function timersOf(store: Store, account: string): string[] {
  const timers = [...store.scan("kernel/timers\0\0", "kernel/timers\0\u0001", false)];
  return timers
    .map(([, row]) => row as { account: string; service: string; kind: string; id: string })
    .filter((timer) => timer.account === account && !KEPT_TIMERS.test(`${timer.service}/${timer.kind}`))
    .map(({ service, kind, id }) => `${service}/${kind} ${id}`);
}

/** What is there now and was not before: a line for each table. */
export function leftBehind(before: Holdings, after: Holdings): string[] {
  const lines: string[] = [];
  for (const [table, keys] of after) {
    const old = new Set(before.get(table));
    const fresh = keys.filter((key) => !old.has(key));
    if (fresh.length === 0) continue;
    const [first = ""] = fresh;
    const shown = first.split("\0\0").slice(1).join("/").replaceAll("\0", "").slice(0, 120);
    lines.push(`${table}: ${fresh.length} (${shown || first})`);
  }
  return lines;
}
