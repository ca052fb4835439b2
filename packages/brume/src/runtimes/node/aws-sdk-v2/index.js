/**
 * Version 2 of the AWS SDK for JavaScript, which the runtimes up to Node 16 had at hand: its interface, over the clients
 * of version 3. It stands in where the app does not have the package itself.
 */
const { Credentials, Endpoint, config } = require("./config.js");
const { Converter, DocumentClient } = require("./document-client.js");
const { PACKAGES } = require("./packages.js");
const { S3 } = require("./s3.js");
const { serviceClass } = require("./service.js");

const DynamoDB = Object.assign(serviceClass("DynamoDB"), { Converter, DocumentClient });

Object.assign(exports, { config, Config: config.constructor, Credentials, Endpoint, DynamoDB, S3 });
exports.EnvironmentCredentials = Credentials;
for (const name of Object.keys(PACKAGES)) exports[name] ??= serviceClass(name);

/** What `require("aws-sdk/clients/NAME")` answers; `undefined` for what there is none of. */
exports.load = (path) => {
  if (path === "" || path === "/global") return exports;
  const [, file] = /^\/clients\/([a-z0-9]+)(?:\.js)?$/.exec(path) ?? [];
  if (file === "all") return exports;
  const name = Object.keys(PACKAGES).find((one) => one.toLowerCase() === file);
  return name && exports[name];
};
Object.defineProperty(exports, "load", { enumerable: false });
