import { describe, expect, it } from "vitest";
import { parseQuery } from "./parser.js";
import { LogRecord } from "./record.js";
import { startRun } from "./run.js";
import { MalformedQuery } from "./syntax.js";

const START = Date.UTC(2026, 10, 24, 12);
const NOW = START + 3_600_000;

/** What a query finds in messages, the first of which is the earliest; a minute lies between them. */
function run(query: string, messages: readonly unknown[], log = "000000000000:g"): Record<string, string>[] {
  const running = startRun(parseQuery(query), NOW, 10_000);
  const texts = messages.map((message) => (typeof message === "string" ? message : JSON.stringify(message)));
  for (const [index, message] of [...texts.entries()].reverse()) {
    const timestamp = START + index * 60_000;
    const event = { timestamp, ingestedAt: timestamp, message, stream: `s${index % 2}`, log, pointer: String(index) };
    running.push(LogRecord.of(event, NOW));
  }
  return running.finish().map((row) => {
    const fields = Object.fromEntries(row.map(({ field, value }) => [field, value]));
    delete fields["@ptr"];
    return fields;
  });
}

/** The value of one expression over one message. */
const value = (expression: string, message: unknown = {}) => run(`display ${expression} as v`, [message])[0]?.v;

describe("an expression", () => {
  it.each<[expression: string, value: string | undefined]>([
    ["1 + 2 * 3", "7"],
    ["(1 + 2) * 3", "9"],
    ["2 ^ 3 ^ 2", "512"],
    ["10 % 3", "1"],
    ["-2 ^ 2", "-4"],
    ["7 / 2", "3.5"],
    ["1 / 0", undefined],
    ["1.5e3 + 1", "1501"],
    ["1 + none", undefined],
    ["'1' + 1", "2"],
    ["1 = 1.0", "1"],
    ["'a' != 'b'", "1"],
    ["10 > 9", "1"],
    ["'10' > '9'", "1"],
    ["'b' > 'a'", "1"],
    ["none = none", "0"],
    ["none != 'a'", "1"],
    ["none < 1", "0"],
    ["1 = 1 and not 1 = 2 or 0 = 1", "1"],
    ["'abc' like 'b'", "1"],
    ["'abc' like /^b/", "0"],
    ["'abc' not like /^b/", "1"],
    ["'abc' =~ /(?i)B/", "1"],
    ["2 in [1, 2]", "1"],
    ["'x' not in ['y', 'z']", "1"],
    ["abs(-1.5)", "1.5"],
    ["ceil(1.2) + floor(1.8)", "3"],
    ["greatest(1, 3, 2)", "3"],
    ["least(1, 3, 2)", "1"],
    ["log(1)", "0"],
    ["sqrt(16)", "4"],
    ["strlen('añb')", "3"],
    ["toupper('aB')", "AB"],
    ["tolower('aB')", "ab"],
    ["concat('a', 1, 'b')", "a1b"],
    ["substr('abcdef', 2)", "cdef"],
    ["substr('abcdef', 2, 3)", "cde"],
    ["replace('a.b.c', '.', '$&')", "a$&b$&c"],
    ["strcontains('abc', 'bc')", "1"],
    ["trim('  a ')", "a"],
    ["ltrim('xxax', 'x')", "ax"],
    ["rtrim('xaxx', 'x')", "xa"],
    ["isempty('')", "1"],
    ["isempty(none)", "1"],
    ["isblank('  ')", "1"],
    ["isblank('a')", "0"],
    ["ispresent(none)", "0"],
    ["isPresent(@message)", "1"],
    ["coalesce(none, '', 'b')", ""],
    ["fromMillis(0)", "1970-01-01 00:00:00.000"],
    ["toMillis(fromMillis(5)) + 1", "6"],
    ["datefloor(@timestamp, 1d)", "2026-11-24 00:00:00.000"],
    ["dateceil(@timestamp, 1mo)", "2026-12-01 00:00:00.000"],
    ["datefloor(@timestamp, 1w)", "2026-11-23 00:00:00.000"],
    ["datefloor(@timestamp, 1q)", "2026-10-01 00:00:00.000"],
    ["bin(1h)", "2026-11-24 12:00:00.000"],
    ["now()", String(NOW / 1000)],
    ["isValidIp('::1')", "1"],
    ["isIpv4InSubnet('10.1.2.3', '10.0.0.0/8')", "1"],
    ["isIpv6InSubnet('10.1.2.3', '10.0.0.0/8')", "0"],
    ['jsonParse(\'{"a":{"b":[1,2]}}\')', '{"a":{"b":[1,2]}}'],
  ])("%s is %s", (expression, expected) => {
    expect(value(expression)).toBe(expected);
  });

  it("reads fields of JSON by their way through it", () => {
    const message = { a: { b: [{ c: 1 }, { c: "x" }] }, "d-e": 2, ok: true, no: false, nothing: null };
    expect(value("a.b.0.c", message)).toBe("1");
    expect(value("a.b[1].c", message)).toBe("x");
    expect(value("`d-e`", message)).toBe("2");
    expect(value("ok", message)).toBe("1");
    expect(value("ok = 1 and ok = 'true' and no = 0", message)).toBe("1");
    expect(value("ispresent(nothing)", message)).toBe("0");
  });
});

describe("commands", () => {
  const requests = [
    { level: "INFO", path: "/a", ms: 10 },
    { level: "ERROR", path: "/b", ms: 30 },
    { level: "INFO", path: "/b", ms: 20 },
    { level: "WARN", path: "/c" },
  ];
  it.each<[what: string, query: string, rows: Record<string, string>[]]>([
    ["shows the latest first", "fields path", [{ path: "/c" }, { path: "/b" }, { path: "/b" }, { path: "/a" }]],
    ["filters", "fields path | filter level = 'INFO' and ms > 15", [{ path: "/b" }]],
    ["names what it makes", "fields ms * 2 as twice | filter twice = 20 | display twice", [{ twice: "20" }]],
    ["sorts", "fields ms | sort ms desc", [{ ms: "30" }, { ms: "20" }, { ms: "10" }, {}]],
    ["sorts and limits", "fields path | sort path, ms desc | limit 2", [{ path: "/a" }, { path: "/b" }]],
    ["keeps the first of equals", "fields path, ms | dedup path | limit 2", [{ path: "/c" }, { path: "/b", ms: "20" }]],
    ["keeps what has no value", "fields ms | filter path = '/c' or ms = 10 | dedup ms", [{}, { ms: "10" }]],
    ["has comments", "fields path # the path\n| limit 1", [{ path: "/c" }]],
    ["counts", "stats count(*)", [{ "count(*)": "4" }]],
    [
      "groups",
      "stats count(*) as n, avg(ms) by path | sort path",
      [
        { path: "/a", n: "1", "avg(ms)": "10" },
        { path: "/b", n: "2", "avg(ms)": "25" },
        { path: "/c", n: "1" },
      ],
    ],
    [
      "groups by times",
      "stats count(*) as n by bin(2m) as t | sort t",
      [
        { t: "2026-11-24 12:00:00.000", n: "2" },
        { t: "2026-11-24 12:02:00.000", n: "2" },
      ],
    ],
    ["calculates with what it gathered", "stats sum(ms) / count(ms) + 1 as x", [{ x: "21" }]],
    ["gathers again", "stats count(*) as n by path | stats max(n) as most", [{ most: "2" }]],
    [
      "gathers in many ways",
      "stats count_distinct(level) as d, min(ms) as a, max(ms) as b, pct(ms, 50) as p, sum(ms) as s, earliest(path) as e, latest(path) as l, sortsFirst(level) as f, sortsLast(level) as g, count(ms) as c",
      [{ d: "3", a: "10", b: "30", p: "20", s: "60", e: "/a", l: "/c", f: "ERROR", g: "WARN", c: "3" }],
    ],
    ["gathers nothing of nothing", "filter path = 'none' | stats count(*) by path", []],
    ["spreads", "filter ispresent(ms) | stats floor(stddev(ms) * 100) as s", [{ s: "816" }]],
  ])("%s: %s", (_, query, rows) => {
    expect(run(query, requests)).toEqual(rows);
  });

  it("shows the time and the message where nothing is asked for, and what parse took", () => {
    expect(run("limit 1", ["hello"])).toEqual([{ "@timestamp": "2026-11-24 12:00:00.000", "@message": "hello" }]);
    expect(run("parse '[*]' as level", ["x [INFO] y"])[0]).toMatchObject({ "@message": "x [INFO] y", level: "INFO" });
  });

  it.each<[parse: string, message: string, taken: Record<string, string>]>([
    [
      "@message 'user=*, method:*, latency := *' as user, method, ms",
      "x user=ada, method:GET, latency := 5",
      { user: "ada", method: "GET", ms: "5" },
    ],
    ["@message '* *' as a, b", "one two three", { a: "one", b: "two three" }],
    ["@message '<*>' as a", "none", {}],
    ["@message /user=(?<user>\\w+) (?<n>\\d+)?/", "user=ada 7", { user: "ada", n: "7" }],
    ["@message /(a)(b)?/ as x, y", "ac", { x: "a" }],
    ["request.line '* *' as method, path", '{"request":{"line":"GET /x"}}', { method: "GET", path: "/x" }],
  ])("parse %s", (parse, message, taken) => {
    const names = parse.includes("user=(?") ? "user, n" : (/ as (.*)$/.exec(parse)?.[1] as string);
    expect(run(`parse ${parse} | display ${names}`, [message])).toEqual([taken]);
  });

  it("reads parts of what jsonParse made", () => {
    const query = "fields jsonParse(payload) as p | display p.a.b, p.a.list.1 as second";
    const payload = JSON.stringify({ a: { b: 1, list: [5, 6] } });
    expect(run(query, [{ payload }])).toEqual([{ "p.a.b": "1", second: "6" }]);
  });
});

describe("the fields of Lambda's lines", () => {
  const id = "8f5b1d6e-2f0a-4b7e-9c5d-0123456789ab";
  const report = `REPORT RequestId: ${id}\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\tInit Duration: 100.5 ms\t\nXRAY TraceId: 1-5e-a\tSegmentId: 5f\tSampled: true\t`;
  const log = "000000000000:/aws/lambda/f";

  it("are found in REPORT lines", () => {
    const query =
      "filter @type = 'REPORT' | display @requestId, @duration, @billedDuration, @memorySize / 1000 / 1000 as mb, @maxMemoryUsed, @initDuration, @xrayTraceId";
    expect(run(query, [`START RequestId: ${id} Version: $LATEST`, report], log)).toEqual([
      {
        "@requestId": id,
        "@duration": "12.34",
        "@billedDuration": "13",
        mb: "128",
        "@maxMemoryUsed": "64000000",
        "@initDuration": "100.5",
        "@xrayTraceId": "1-5e-a",
      },
    ]);
  });

  it("are found in what a function logs, with the JSON in it", () => {
    const line = `2026-11-24T12:00:00.000Z\t${id}\tINFO\thello {"a":{"b":"}"},"c":1} {"d":2}`;
    expect(run("display @requestId, a.b, c, d", [line], log)).toEqual([{ "@requestId": id, "a.b": "}", c: "1" }]);
    expect(run("display c", [line])).toEqual([{}]);
  });
});

describe("a malformed query", () => {
  it.each<[query: string, message: string, at: string]>([
    ["", "unexpected symbol found <EOF> at line 1 and position 0", ""],
    ["fields @timestamp |", "unexpected symbol found <EOF>", ""],
    ["fields a b", "unexpected symbol found b at line 1 and position 9", "b"],
    ["nothing a", "unexpected symbol found nothing", "nothing"],
    ["fields a\n| filter b ==", "unexpected symbol found = at line 2 and position 12", "="],
    ["filter (a = 1", "unexpected symbol found <EOF>", ""],
    ["filter odd(a)", "unexpected symbol found odd", "odd"],
    ["filter count(a) > 1", "unexpected symbol found count", "count"],
    ["stats sum(max(a))", "unexpected symbol found max", "max"],
    ["fields substr(a)", "wrong number of arguments of substr", "substr(a)"],
    ["filter a like /(/", "invalid regular expression: missing )", "/"],
    ["parse @message '* *' as a", "parse has to name as many fields as it has stars", "'* *'"],
    ["limit 0", "unexpected symbol found 0", "0"],
    ["limit 100001", "the limit may be at most 100000", "100001"],
    ["fields bin(5x)", "unexpected symbol found 5x", "5x"],
    ["fields 'open", "unexpected symbol found '", "'"],
    ["pattern @message", "brume does not have the command pattern", "pattern"],
    ["dedup a | fields b", "unexpected symbol found fields", "fields"],
    [`filter ${"(".repeat(500)}a`, "the expression is nested too deeply", "("],
    [`filter a${" + 1".repeat(2000)}`, "the query has too many operations", "+"],
  ])("%s", (query, message, at) => {
    let error: unknown;
    try {
      parseQuery(query);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(MalformedQuery);
    const { start, end, message: said } = error as MalformedQuery;
    expect(said).toContain(message);
    expect(query.slice(start, end)).toBe(at);
  });
});
