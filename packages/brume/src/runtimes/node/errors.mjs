/** Errors as the Node.js runtime of Lambda reports them. */

/** An error whose name Lambda reports as its type. */
export function runtimeError(name, message, cause) {
  const error = new Error(message);
  error.name = name;
  const frames = String(cause?.stack ?? error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
  error.stack = [`${name}: ${message}`, ...frames].join("\n");
  return error;
}

const isError = (value) =>
  value !== null &&
  typeof value === "object" &&
  typeof value.name === "string" &&
  "message" in value &&
  "stack" in value;

/** What is sent for a failed invocation: `{ errorType, errorMessage, trace }`. */
export function toPayload(value) {
  try {
    if (isError(value)) {
      return {
        errorType: value.name,
        errorMessage: String(value.message),
        trace: String(value.stack ?? "").split("\n"),
      };
    }
    return { errorType: typeof value, errorMessage: String(value), trace: [] };
  } catch {
    return {
      errorType: "handled",
      errorMessage:
        "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack",
      trace: [],
    };
  }
}

/** What is written to the log for an error, with its own members. */
export function toLog(value) {
  try {
    if (!isError(value)) return JSON.stringify({ errorType: typeof value, errorMessage: String(value), stack: [] });
    return JSON.stringify({
      errorType: value.name,
      errorMessage: value.message,
      ...(value.code === undefined ? {} : { code: value.code }),
      ...value,
      stack: String(value.stack ?? "").split("\n"),
    });
  } catch {
    return JSON.stringify({ errorType: "unknown", errorMessage: "The error cannot be written as JSON.", stack: [] });
  }
}
