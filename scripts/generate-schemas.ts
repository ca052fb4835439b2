/** Extracts the wire schemas of each service from its SDK client into packages/brume/gen/schemas. */
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { build, type Plugin } from "esbuild";

const brume = new URL("../packages/brume/", import.meta.url);
const require = createRequire(brume);
const manifest = require("./package.json") as { dependencies: Record<string, string> };
const out = new URL("gen/schemas/", brume);
process.removeAllListeners("warning");

/** Only the schemas are wanted: the SDK's error classes and registries are replaced by empty ones. */
const stubs: Plugin = {
  name: "stubs",
  setup(bundle) {
    bundle.onResolve({ filter: /^\.\.\/models\/|^@smithy\// }, ({ path }) => ({ path, namespace: "stub" }));
    bundle.onLoad({ filter: /.*/, namespace: "stub" }, () => ({
      contents:
        "class TypeRegistry { static for() { return new TypeRegistry() } registerError() {} }\n" +
        "module.exports = new Proxy({ TypeRegistry }, { get: (target, key) => target[key] })",
      loader: "js",
    }));
  },
};

interface ClientConfig {
  serviceId: string;
  apiVersion: string;
  defaultSigningName: string;
  protocol: { getShapeId(): string };
  protocolSettings: {
    defaultNamespace: string;
    serviceTarget?: string;
    xmlNamespace?: string;
    awsQueryCompatible?: boolean;
  };
}
type ClientConstructor = new (options: object) => { config: ClientConfig };

mkdirSync(out, { recursive: true });
const index: Record<string, object> = {};
for (const name of Object.keys(manifest.dependencies)) {
  if (!name.startsWith("@aws-sdk/client-")) continue;
  const id = name.slice("@aws-sdk/client-".length);
  await build({
    entryPoints: [`${name}/dist-es/schemas/schemas_0.js`],
    absWorkingDir: brume.pathname,
    outfile: new URL(`${id}.mjs`, out).pathname,
    bundle: true,
    format: "esm",
    platform: "node",
    minify: true,
    plugins: [stubs],
    logLevel: "error",
  });
  const sdk = require(name) as Record<string, unknown>;
  const [, Client] = Object.entries(sdk).find(
    ([key, value]) => /Client$/.test(key) && key !== "__Client" && typeof value === "function",
  ) as [string, ClientConstructor];
  const { config } = new Client({ region: "us-east-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } });
  const operations = Object.values(sdk)
    .filter((schema) => Array.isArray(schema) && schema[0] === 9)
    .map((schema) => (schema as string[])[2]);
  index[id] = {
    id,
    serviceId: config.serviceId,
    apiVersion: config.apiVersion,
    signingName: config.defaultSigningName,
    protocol: config.protocol.getShapeId().replace("aws.protocols#", ""),
    target: config.protocolSettings.serviceTarget,
    xmlNamespace: config.protocolSettings.xmlNamespace,
    queryCompatible: config.protocolSettings.awsQueryCompatible === true,
    namespace: config.protocolSettings.defaultNamespace,
    operations: operations.sort(),
  };
}
writeFileSync(new URL("index.json", out), JSON.stringify(index));
