/** `console` as Lambda has it: each call is one message with its time, request id and level. */
import { writeSync } from "node:fs";
import { format } from "node:util";

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const METHODS = {
  log: "INFO",
  info: "INFO",
  debug: "DEBUG",
  trace: "TRACE",
  warn: "WARN",
  error: "ERROR",
  fatal: "FATAL",
};
/** A message is framed so that one with line breaks stays one: see log-lines.ts. */
const FRAME = "\x1e";
const LINE_BREAK = "\x1d";

/** What the messages of the present invocation carry. */
export const current = { requestId: undefined };

/** Writes all of a message; a pipe that is full is waited for, as it is for any process. */
export function emit(message) {
  let bytes = Buffer.from(`${FRAME}${message.replaceAll("\n", LINE_BREAK)}\n`);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(1, bytes));
    } catch (error) {
      if (error.code !== "EAGAIN") return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

function asJson(level, args) {
  const [first] = args;
  const entry = { timestamp: new Date().toISOString(), level, requestId: current.requestId };
  try {
    const isPlain = args.length === 1 && typeof first === "object" && first !== null && !(first instanceof Error);
    return JSON.stringify({ ...entry, message: isPlain ? first : format(...args) });
  } catch {
    return JSON.stringify({ ...entry, message: format(...args) });
  }
}

export function log(level, ...args) {
  const json = process.env.AWS_LAMBDA_LOG_FORMAT === "JSON";
  const lowest = LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL ?? "TRACE");
  if (LEVELS.indexOf(level) < lowest) return;
  emit(json ? asJson(level, args) : `${new Date().toISOString()}\t${current.requestId}\t${level}\t${format(...args)}`);
}

export function patchConsole() {
  for (const [method, level] of Object.entries(METHODS)) {
    console[method] = (...args) => log(level, ...args);
  }
}
