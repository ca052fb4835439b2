/**
 * The Node.js runtime of an execution environment: waits on descriptor 3 to be told which function it runs, loads the
 * handler, and works through invocations over the Lambda Runtime API.
 */
import Module from "node:module";
import { Socket } from "node:net";
import { setClock } from "./clock.mjs";
import { makeContext } from "./context.mjs";
import { runtimeError, toLog, toPayload } from "./errors.mjs";
import { loadHandler } from "./handler.mjs";
import { current, log, patchConsole } from "./log.mjs";
import { patchRequire } from "./missing-sdk.mjs";
import { patchNetwork, setEndpoint } from "./network.mjs";
import { RuntimeClient } from "./runtime-client.mjs";
import { installStreaming, isStreaming, runStreaming } from "./streaming.mjs";

/** Answers the present invocation when there is nothing left to wait for. */
let whenIdle;
/** Answers the present invocation with an error that no handler caught. */
let whenBroken;

function prepare() {
  patchConsole();
  patchNetwork();
  installStreaming();
  process.on("beforeExit", () => {
    const answer = whenIdle;
    whenIdle = undefined;
    answer?.();
  });
  process.on("uncaughtException", (error) => broken("Uncaught Exception", error, error, 129));
  process.on("unhandledRejection", (reason) => {
    const error = runtimeError("Runtime.UnhandledPromiseRejection", String(reason), reason);
    broken("Unhandled Promise Rejection", Object.assign(error, { reason }), error, 128);
  });
}

async function broken(title, logged, error, status) {
  log("ERROR", `${title} \t${toLog(logged)}`);
  await whenBroken?.(toPayload(error));
  process.exit(status);
}

/** Reads one line from the cloud; its closing of the channel, then or later, ends this process. */
function assignment() {
  const channel = new Socket({ fd: 3 });
  let text = "";
  return new Promise((resolve) => {
    channel.setEncoding("utf8");
    channel.on("data", (chunk) => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end < 0) return;
      channel.unref();
      resolve(JSON.parse(text.slice(0, end)));
    });
    channel.on("close", () => process.exit(0));
    channel.on("error", () => process.exit(0));
  });
}

function adopt({ env, taskRoot, directory, endpoint, hasEnvironment }) {
  // A script that started this process has set what there is.
  if (!hasEnvironment) {
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, env);
  }
  setEndpoint(endpoint);
  process.chdir(directory);
  process.argv[1] = taskRoot;
  // NODE_PATH was read when the process started, before it was known.
  Module._initPaths();
  patchRequire();
  if (/--enable-source-maps/.test(env.NODE_OPTIONS ?? "")) process.setSourceMapsEnabled?.(true);
}

const measured = () => ({ "brume-memory": process.memoryUsage.rss() });

async function invoke(client, handler, { headers, body }) {
  const requestId = headers["lambda-runtime-aws-request-id"];
  current.requestId = requestId;
  process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
  setClock(headers["brume-clock"]);
  await new Promise((resolve) => {
    let settled = false;
    const once = (answer) => {
      if (settled) return;
      settled = true;
      whenIdle = undefined;
      whenBroken = undefined;
      answer().then(resolve);
    };
    const fail = (error) => {
      log("ERROR", `Invoke Error \t${toLog(error)}`);
      once(() => client.fail(requestId, toPayload(error), measured()));
    };
    const succeed = (result) => {
      let text;
      try {
        text = JSON.stringify(result === undefined ? null : result);
      } catch (error) {
        fail(runtimeError("Runtime.MarshalError", "Unable to stringify response body", error));
        return;
      }
      once(() => client.respond(requestId, text ?? "null", { "content-type": "application/json", ...measured() }));
    };
    const settle = (error, result, waits) => {
      const answer = () => (error === undefined || error === null ? succeed(result) : fail(error));
      if (waits) whenIdle = answer;
      else answer();
    };
    // A handler that never answers, and waits for nothing, has answered with null.
    whenIdle = () => succeed(null);
    whenBroken = (payload) =>
      settled ? undefined : client.fail(requestId, payload, { ...measured(), "brume-exiting": "1" });
    const context = makeContext(headers, settle);
    try {
      const event = JSON.parse(body.toString());
      if (isStreaming(handler)) {
        runStreaming(client, handler, event, context).then(() => once(async () => {}), fail);
        return;
      }
      const result = handler(event, context, context.done);
      if (typeof result?.then === "function") result.then(succeed, fail);
    } catch (error) {
      fail(error);
    }
  });
}

async function run() {
  const assigned = await assignment();
  adopt(assigned);
  const client = new RuntimeClient(assigned.env.AWS_LAMBDA_RUNTIME_API);
  let handler;
  try {
    handler = await loadHandler(assigned.taskRoot, assigned.env._HANDLER);
  } catch (error) {
    log("ERROR", `Uncaught Exception \t${toLog(error)}`);
    await client.failInit(toPayload(error));
    process.exit(1);
  }
  for (;;) {
    const invocation = await client.next();
    await invoke(client, handler, invocation);
  }
}

prepare();
run();
