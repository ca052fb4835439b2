/**
 * SDK packages that are not on this machine. AWS's runtimes have them all, so code requires more of them than it uses
 * (the CDK's provider framework loads Step Functions' client always): one that is missing fails when it is used.
 * Version 2, which the runtimes up to Node 16 had, has a stand-in over version 3.
 */
import Module, { createRequire } from "node:module";

const PACKAGE = /^@aws-sdk\/(client|lib|credential)-[a-z0-9-]+$/;
const ANY_PACKAGE = /['"]((?:@aws-sdk|@smithy)\/[a-z0-9-]+)/;

const SDK_V2 = /^aws-sdk(\/.*)?$/;
const HAS_SDK_V2 = /^AWS_Lambda_nodejs(4|6|8|10|12|14|16)\./;
const require = createRequire(import.meta.url);

const advice = (name) => `${name} is not on this machine: install it next to the app (npm install --save-dev ${name}).`;

/** A message that a module was not found, with what to do about it where the module is part of the SDK. */
export function withAdvice(message) {
  const name = ANY_PACKAGE.exec(message)?.[1];
  return name && !message.includes("is not on this machine") ? `${message}\n${advice(name)}` : message;
}

function standIn(name) {
  function Missing() {
    throw new Error(advice(name));
  }
  // The CDK's AwsCustomResource looks for an export whose name ends so.
  const exports = { MissingClient: Missing };
  return new Proxy(exports, {
    get: (_target, key) => {
      if (key === "__esModule") return true;
      return typeof key === "string" && /^[A-Za-z]/.test(key) && key !== "then" && key !== "default"
        ? Missing
        : undefined;
    },
  });
}

/** Makes `require` of a missing SDK package answer with something that says so when it is used. */
export function patchRequire() {
  const load = Module._load;
  Module._load = function (request, ...rest) {
    try {
      return load.call(this, request, ...rest);
    } catch (error) {
      if (error?.code !== "MODULE_NOT_FOUND") throw error;
      const isMissing = PACKAGE.test(request) && error.message.includes(`'${request}'`);
      if (isMissing) return standIn(request);
      const v2 = HAS_SDK_V2.test(process.env.AWS_EXECUTION_ENV) ? SDK_V2.exec(request) : null;
      const found = v2 && require("./aws-sdk-v2/index.js").load(v2[1] ?? "");
      if (found) return found;
      error.message = withAdvice(error.message);
      throw error;
    }
  };
}
