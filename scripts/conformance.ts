/**
 * Runs the real templates beside the repository (../shared/templates) through the engine: created, updated without a change,
 * updated so that it fails and rolls back, deleted. Prints how many of each source came through, and why the others did not.
 *
 *   npm run conformance [-- --only TEXT] [--list]
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { ZipFile } from "yazl";
import { bootstrap } from "../packages/brume/src/assembly/bootstrap.js";
import { localClient } from "../packages/brume/src/assembly/local-client.js";
import { readDocument } from "../packages/brume/src/cloudformation/template/parse.js";
import { isObject, type JsonObject } from "../packages/brume/src/cloudformation/template/template.js";
import { LOCAL_BUCKET } from "../packages/brume/src/cloudformation/transforms/serverless/code-location.js";
import { startCloud } from "../packages/brume/src/index.js";
import type { Json } from "../packages/brume/src/kernel/resource.js";

const { values: options } = parseArgs({ options: { only: { type: "string" }, list: { type: "boolean" } } });
const folder = new URL("../../shared/templates/", import.meta.url).pathname;
const PHASES = ["create", "update without a change", "update that fails and rolls back", "delete"] as const;
type Phase = (typeof PHASES)[number];
const place = { account: "000000000000", region: "us-east-1" };
const CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];

await using cloud = await startCloud();
const client = localClient(cloud.kernel);
await bootstrap(client, place);

// A handler under every usual name; as a custom resource's, it answers that all went well.
const answer = `const answer = async (event) => {
  if (!event?.ResponseURL) return {};
  const { StackId, RequestId, LogicalResourceId, PhysicalResourceId = "stub" } = event;
  await fetch(event.ResponseURL, { method: "PUT", body: JSON.stringify({ Status: "SUCCESS", StackId, RequestId, LogicalResourceId, PhysicalResourceId, Data: {} }) });
};
module.exports = { handler: answer, main: answer, onEvent: answer, isComplete: answer, onTimeout: answer };`;
const zip = new ZipFile();
for (const name of ["index.js", "__entrypoint__.js", "framework.js"]) zip.addBuffer(Buffer.from(answer), name);
zip.addBuffer(Buffer.from("def handler(event, context):\n    return {}\n"), "index.py");
zip.end();
const code = await buffer(zip.outputStream);

/** A sample value for a parameter without a default, by its type. */
function sample(
  name: string,
  {
    Type = "String",
    AllowedValues,
    MinValue,
  }: {
    Type?: string;
    AllowedValues?: Json[];
    MinValue?: Json;
  },
): string {
  if (AllowedValues?.[0] !== undefined) return String(AllowedValues[0]);
  if (/Number/.test(Type)) return String(MinValue ?? 1);
  if (/e-?mail/i.test(name)) return "someone@example.com";
  if (/arn$/i.test(name)) return `arn:aws:sns:${place.region}:${place.account}:sample`;
  if (/VPC::Id/.test(Type)) return "vpc-12345678";
  if (/Subnet/.test(Type)) return "subnet-12345678";
  if (/List|Comma/.test(Type)) return "a,b,c";
  return "sample1234";
}

/** Puts a small zip at every place where a template says that code is. */
async function stubCode(document: JsonObject): Promise<void> {
  const text = (value: Json | undefined): string | undefined => {
    const sub = isObject(value) ? (value["Fn::Sub"] as Json | undefined) : value;
    if (typeof sub !== "string") return undefined;
    return sub.replaceAll("${AWS::AccountId}", place.account).replaceAll("${AWS::Region}", place.region);
  };
  const places: [string, string][] = [];
  const walk = (value: Json | undefined): void => {
    if (typeof value !== "object" || value === null) return;
    if (isObject(value)) {
      const [bucket, key] = [text(value.S3Bucket ?? value.Bucket), text(value.S3Key ?? value.Key)];
      if (bucket && key && !key.includes("${")) places.push([bucket, key]);
    }
    for (const item of Object.values(value)) walk(item as Json);
  };
  walk(document);
  // Where the SAM transform puts what a template refers to by a local path.
  const local = (value: Json | undefined): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, item] of Object.entries(value)) {
      if (/^(CodeUri|ContentUri|DefinitionUri)$/.test(name) && typeof item === "string")
        places.push([LOCAL_BUCKET, item]);
      local(item as Json);
    }
    if (isObject(value) && value.Type === "AWS::Serverless::Function") places.push([LOCAL_BUCKET, "."]);
  };
  local(document);
  for (const [bucket, key] of places) {
    await client.call("s3", "CreateBucket", { Bucket: bucket }, place).catch(() => {});
    await client.upload(bucket, key, code, place).catch(() => {});
  }
}

const call = <T>(operation: string, input: object) => client.call<T>("cloudformation", operation, input, place);

interface Described {
  Stacks: { StackId: string; StackStatus: string; StackStatusReason?: string }[];
}
interface Resources {
  StackResources: { PhysicalResourceId?: string }[];
}
interface Events {
  StackEvents: {
    ResourceStatus: string;
    ResourceStatusReason?: string;
    ResourceType: string;
    ResourceProperties?: string;
    LogicalResourceId: string;
  }[];
}

/** Sends every signal that a stack waits for. */
async function signal(StackName: string, document: JsonObject): Promise<void> {
  for (const [LogicalResourceId, resource] of Object.entries(
    (document.Resources ?? {}) as Record<string, JsonObject>,
  )) {
    const policy = (resource.CreationPolicy as JsonObject | undefined)?.ResourceSignal as JsonObject | undefined;
    for (let number = 0; policy && number < 8; number++) {
      await call("SignalResource", { StackName, LogicalResourceId, UniqueId: String(number), Status: "SUCCESS" }).catch(
        () => {},
      );
    }
    if (resource.Type !== "AWS::CloudFormation::WaitConditionHandle") continue;
    const { StackResources } = await call<Resources>("DescribeStackResources", { StackName, LogicalResourceId });
    const url = StackResources[0]?.PhysicalResourceId;
    for (let number = 0; url && number < 8; number++) {
      await fetch(url, {
        method: "PUT",
        body: JSON.stringify({ Status: "SUCCESS", UniqueId: String(number), Data: "", Reason: "" }),
      });
    }
  }
}

async function settle(StackName: string, good: string, document: JsonObject): Promise<void> {
  for (let round = 0; round < 4; round++) {
    await cloud.idle();
    const { Stacks } = await call<Described>("DescribeStacks", { StackName });
    if (!Stacks[0]?.StackStatus.endsWith("_IN_PROGRESS")) break;
    await signal(StackName, document);
    // What nobody here answers is waited for in the cloud's time.
    if (round > 0) await cloud.clock.advance({ minutes: 61 });
  }
  const { Stacks } = await call<Described>("DescribeStacks", { StackName });
  if (Stacks[0]?.StackStatus === good) return;
  const { StackEvents } = await call<Events>("DescribeStackEvents", { StackName });
  const cause = StackEvents.reverse().find(
    ({ ResourceStatus, LogicalResourceId }) =>
      ResourceStatus.endsWith("_FAILED") && LogicalResourceId !== "BrumeConformance",
  );
  const reason = cause ? `${cause.ResourceType}: ${cause.ResourceStatusReason}` : (Stacks[0]?.StackStatusReason ?? "");
  throw Object.assign(new Error(`${Stacks[0]?.StackStatus}: ${reason}`), { properties: cause?.ResourceProperties });
}

/** Makes a stack; where code is not at a place that only evaluation tells, puts it there and tries once more. */
async function create(input: { StackName: string }, document: JsonObject): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const { StackId } = await call<{ StackId: string }>("CreateStack", input);
    try {
      await settle(StackId, "CREATE_COMPLETE", document);
      return StackId;
    } catch (error) {
      const { message, properties } = error as Error & { properties?: string };
      if (attempt > 8 || !/NoSuchKey|NoSuchBucket|specified key does not exist/.test(message) || !properties)
        throw error;
      await call("DeleteStack", { StackName: StackId });
      await cloud.idle();
      await stubCode(JSON.parse(properties) as JsonObject);
    }
  }
}

/** Runs one template. @returns the phase that failed, and why */
async function run(file: string, number: number): Promise<{ phase: Phase; reason: string } | undefined> {
  const text = readFileSync(file, "utf8");
  const name = `conformance-${number}`;
  let phase: Phase = "create";
  try {
    const document = readDocument(text);
    await stubCode(document);
    const Parameters = Object.entries((document.Parameters ?? {}) as Record<string, JsonObject>)
      .filter(([, definition]) => definition.Default === undefined)
      .map(([ParameterKey, definition]) => ({
        ParameterKey,
        ParameterValue: sample(ParameterKey, definition as never),
      }));
    const put = async (body: string) => {
      await client.upload(`cdk-hnb659fds-assets-${place.account}-${place.region}`, name, Buffer.from(body), place);
      return {
        StackName: name,
        TemplateURL: `${cloud.endpoint}/cdk-hnb659fds-assets-${place.account}-${place.region}/${name}`,
        Parameters,
        Capabilities: CAPABILITIES,
      };
    };
    const input = await put(text);
    const StackId = await create(input, document);
    phase = "update without a change";
    const unchanged = await call("UpdateStack", input).then(
      () => "something was updated",
      (error: Error) => error.message,
    );
    if (unchanged !== "No updates are to be performed.") throw new Error(unchanged);
    phase = "update that fails and rolls back";
    const resources = document.Resources as JsonObject;
    const failing = {
      Type: "AWS::SQS::Queue",
      Properties: { QueueName: "not a name" },
      DependsOn: Object.keys(resources)
        .filter(
          (id) =>
            !id.startsWith("Fn::") &&
            (resources[id] as JsonObject).Condition === undefined &&
            !String((resources[id] as JsonObject).Type).startsWith("AWS::Serverless"),
        )
        .slice(-1),
    };
    await call(
      "UpdateStack",
      await put(JSON.stringify({ ...document, Resources: { ...resources, BrumeConformance: failing } })),
    );
    await settle(StackId, "UPDATE_ROLLBACK_COMPLETE", document);
    phase = "delete";
    await call("DeleteStack", { StackName: StackId });
    await settle(StackId, "DELETE_COMPLETE", document);
    return undefined;
  } catch (error) {
    return { phase, reason: (error as Error).message.replace(/RequestToken: [^,]+, /, "").replaceAll("\n", " ") };
  }
}

const results: { source: string; failure: { phase: Phase; reason: string } | undefined; file: string }[] = [];
const started = performance.now();
for (const source of readdirSync(folder)) {
  if (!statSync(join(folder, source)).isDirectory()) continue;
  for (const file of readdirSync(join(folder, source))) {
    if (options.only && !`${source}/${file}`.includes(options.only)) continue;
    const failure = await run(join(folder, source, file), results.length);
    results.push({ source, file: `${source}/${file}`, failure });
    if (options.list && failure) console.log(`${failure.phase}: ${failure.reason.slice(0, 300)} [${source}/${file}]`);
  }
}

const failures = results.filter(({ failure }) => failure);
const sources = [...new Set(results.map(({ source }) => source))];
console.log("| source | templates | came through |");
console.log("|---|---|---|");
for (const source of sources) {
  const own = results.filter((result) => result.source === source);
  console.log(`| ${source} | ${own.length} | ${own.filter(({ failure }) => !failure).length} |`);
}
const through = results.length - failures.length;
console.log(`| all | ${results.length} | ${through} (${((through / results.length) * 100).toFixed(1)}%) |`);
console.log(`\n${((performance.now() - started) / 1000).toFixed(0)} s`);
process.exit(0);
