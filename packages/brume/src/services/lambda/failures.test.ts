import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { Functions } from "./testing.js";

let cloud: RunningCloud;
let functions: Functions;
beforeAll(async () => {
  cloud = await startCloud();
  functions = new Functions(cloud);
});
afterAll(() => cloud.close());

describe("Invoke, when the function fails", () => {
  it("reports what a handler throws, with its type and trace", async () => {
    const name = await functions.create(
      "class Odd extends Error { name = 'Odd' }; exports.handler = async () => { throw new Odd('no'); };",
    );
    const { result, FunctionError, StatusCode, log } = await functions.invoke(name);
    expect([StatusCode, FunctionError]).toEqual([200, "Unhandled"]);
    expect(result).toMatchObject({ errorType: "Odd", errorMessage: "no" });
    expect(result.trace[0]).toBe("Odd: no");
    expect(log).toMatch(/\tERROR\tInvoke Error \t\{"errorType":"Odd","errorMessage":"no"/);
    const calling = await functions.create("exports.handler = (event, context, callback) => callback('text');");
    expect((await functions.invoke(calling)).result).toEqual({ errorType: "string", errorMessage: "text", trace: [] });
  });

  it("ends a function that runs out of time, and starts afresh", async () => {
    const source = "exports.handler = async (event) => { while (event.hang); return 'ok'; };";
    const name = await functions.create(source, { Timeout: 1 });
    const { result, FunctionError, log } = await functions.invoke(name, { hang: true });
    expect(FunctionError).toBe("Unhandled");
    expect(result.errorType).toBe("Sandbox.Timedout");
    expect(result.errorMessage).toMatch(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/);
    expect(log).toContain("Task timed out after 1.00 seconds");
    expect((await functions.invoke(name, {})).result).toBe("ok");
  });

  it("reports a process that exits", async () => {
    const name = await functions.create(
      "exports.handler = async ({ code }) => { console.log('bye'); process.exit(code); };",
    );
    const { result, log } = await functions.invoke(name, { code: 1 });
    expect(result.errorType).toBe("Runtime.ExitError");
    expect(result.errorMessage).toMatch(/^RequestId: .* Error: Runtime exited with error: exit status 1$/);
    expect(log).toContain("\tINFO\tbye\n");
    const { result: quiet } = await functions.invoke(name, { code: 0 });
    expect(quiet.errorMessage).toMatch(/Error: Runtime exited without providing a reason$/);
  });

  it("reports uncaught exceptions and unhandled rejections", async () => {
    const name = await functions.create(
      "exports.handler = ({ reject }) => new Promise(() => {" +
        "setTimeout(() => { if (reject) Promise.reject(new Error('left')); else throw new TypeError('out'); }, 5); });",
    );
    const thrown = await functions.invoke(name);
    expect(thrown.result).toMatchObject({ errorType: "TypeError", errorMessage: "out" });
    expect(thrown.log).toContain("Uncaught Exception");
    const { result } = await functions.invoke(name, { reject: true });
    expect(result).toMatchObject({ errorType: "Runtime.UnhandledPromiseRejection", errorMessage: "Error: left" });
  });

  it.each([
    [
      "a module that is not there",
      { "other.js": "" },
      "Runtime.ImportModuleError",
      "Error: Cannot find module 'index'",
    ],
    [
      "a dependency that is not there",
      { "index.js": "require('gone')" },
      "Runtime.ImportModuleError",
      "Error: Cannot find module 'gone'",
    ],
    [
      "a handler that is not there",
      { "index.js": "" },
      "Runtime.HandlerNotFound",
      "index.handler is undefined or not exported",
    ],
    [
      "a syntax error",
      { "index.js": "exports.handler = async () => {" },
      "Runtime.UserCodeSyntaxError",
      "SyntaxError: Unexpected end of input",
    ],
    ["an error while loading", { "index.js": "throw new RangeError('early')" }, "RangeError", "early"],
    [
      "an exit while loading",
      { "index.js": "process.exit(3)" },
      "Runtime.ExitError",
      "Error: Runtime exited with error: exit status 3",
    ],
  ])("reports %s", async (_what, files, errorType, message) => {
    const { result, FunctionError } = await functions.invoke(await functions.create(files as Record<string, string>));
    expect(FunctionError).toBe("Unhandled");
    expect(result.errorType).toBe(errorType);
    expect(result.errorMessage).toContain(message);
  });

  it("survives a handler that prints without end", async () => {
    const name = await functions.create(
      "exports.handler = async () => { console.log('x'.repeat(1048576)); for (let i = 0; i < 100000; i++) console.log('line ' + i); return 1; };",
      { Timeout: 30 },
    );
    let lines = 0;
    const stop = cloud.kernel.events.on("functionLog", () => lines++);
    const { result, log } = await functions.invoke(name);
    stop();
    expect(result).toBe(1);
    expect(lines).toBeGreaterThan(100_000);
    expect(log.length).toBeLessThanOrEqual(4096);
    expect(log).toContain("\tINFO\tline 99999\nEND RequestId");
  });

  it("keeps a message with line breaks in one piece", async () => {
    const name = await functions.create("exports.handler = async () => { console.error('a\\nb', { c: 1 }); };");
    const messages: string[] = [];
    const stop = cloud.kernel.events.on("functionLog", ({ message }) => messages.push(message));
    await functions.invoke(name);
    stop();
    expect(messages.find((one) => one.includes("ERROR"))).toMatch(/\tERROR\ta\nb \{ c: 1 \}$/);
  });

  it("logs JSON where the function asks for it", async () => {
    const LoggingConfig = { LogFormat: "JSON" as const, ApplicationLogLevel: "INFO" as const };
    const name = await functions.create(
      "exports.handler = async () => { console.debug('not'); console.info({ a: 1 }); console.warn('w %d', 2); };",
      { LoggingConfig },
    );
    const { log } = await functions.invoke(name);
    const lines = log
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type, level }) => type ?? level)).toEqual([
      "platform.start",
      "INFO",
      "WARN",
      "platform.report",
    ]);
    expect(lines[1]).toMatchObject({ message: { a: 1 }, requestId: lines[0].record.requestId });
    expect(lines[2].message).toBe("w 2");
    expect(lines[3].record).toMatchObject({ status: "success", metrics: { memorySizeMB: 128 } });
  });

  it("refuses answers that are too large or no JSON", async () => {
    const large = await functions.create("exports.handler = async () => 'x'.repeat(6300000);");
    expect((await functions.invoke(large)).result).toEqual({
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    });
    const circular = await functions.create("exports.handler = async () => { const a = {}; a.a = a; return a; };");
    expect((await functions.invoke(circular)).result.errorType).toBe("Runtime.MarshalError");
  });
});

describe("Invoke, of functions that bring their own runtime", () => {
  const provided = { Runtime: "provided.al2023" } as const;

  it.each([
    ["no bootstrap", { other: "" }, "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"],
    ["a bootstrap that cannot be run", { bootstrap: "#!/bin/sh" }, "fork/exec /var/task/bootstrap: permission denied"],
  ])("reports %s", async (_what, files, message) => {
    const { result } = await functions.invoke(await functions.create(files as Record<string, string>, provided));
    expect(result.errorType).toBe("Runtime.InvalidEntrypoint");
    expect(result.errorMessage).toMatch(/^RequestId: [0-9a-f-]{36} Error: /);
    expect(result.errorMessage).toContain(message);
  });
});

describe("Invoke, of Python functions", () => {
  const python = { Runtime: "python3.12" } as const;

  it("runs the handler, with prints and logging in the log", async () => {
    const name = await functions.create(
      "import logging, os\nlogging.getLogger().setLevel('INFO')\n" +
        "def handler(event, context):\n  print('hi')\n  logging.info('a\\nb')\n" +
        "  return {'n': event['n'] + 1, 'name': context.function_name, 'left': context.get_remaining_time_in_millis(), 'root': os.getcwd() == os.environ['LAMBDA_TASK_ROOT']}",
      python,
    );
    const { result, log } = await functions.invoke(name, { n: 1 });
    expect(result).toMatchObject({ n: 2, name, root: true });
    expect(result.left).toBeGreaterThan(1000);
    expect(log).toContain("\nhi\n[INFO]\t");
    expect(log).toContain("\ta\nb\n");
  });

  it("reports what a handler raises", async () => {
    const name = await functions.create("def handler(event, context):\n  raise ValueError('no')", python);
    const { result, FunctionError } = await functions.invoke(name);
    expect(FunctionError).toBe("Unhandled");
    expect(result).toMatchObject({ errorType: "ValueError", errorMessage: "no" });
    expect(result.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(result.stackTrace[0]).toMatch(/index\.py", line 2, in handler\n\s+raise ValueError/);
  });

  it.each([
    [
      "a module that is not there",
      { "other.py": "" },
      "Runtime.ImportModuleError",
      "Unable to import module 'index': No module named 'index'",
    ],
    [
      "a handler that is not there",
      { "index.py": "" },
      "Runtime.HandlerNotFound",
      "Handler 'handler' missing on module 'index'",
    ],
    [
      "a syntax error",
      { "index.py": "def handler(:" },
      "Runtime.UserCodeSyntaxError",
      "Syntax error in module 'index'",
    ],
    [
      "an exit",
      { "index.py": "import sys\ndef handler(event, context):\n  sys.exit(1)" },
      "Runtime.ExitError",
      "exit status 1",
    ],
  ])("reports %s", async (_what, files, errorType, message) => {
    const { result } = await functions.invoke(await functions.create(files as Record<string, string>, python));
    expect(result.errorType).toBe(errorType);
    expect(result.errorMessage).toContain(message);
  });
});
