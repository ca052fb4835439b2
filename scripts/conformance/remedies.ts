/** What is missing when a template is deployed, and how it is provided: what whoever deploys it would do after the message. */

import { isObject, type JsonObject } from "../../packages/brume/src/cloudformation/template/template.js";
import type { Json } from "../../packages/brume/src/kernel/resource.js";
import type { Account } from "./account.js";
import { macroTemplate } from "./macros.js";
import { CONTENTS } from "./packaging.js";
import { objectsIn, resourcesOf } from "./references.js";
import { sampleValue } from "./sample-values.js";
import { provideStack, type StackEvent } from "./stack.js";
import { stubArchive } from "./stub-code.js";
import { pushImage } from "./stub-image.js";
import { stubTemplate } from "./stub-template.js";

/** What a remedy is given. It may change the document. */
export interface Trouble {
  readonly account: Account;
  document: JsonObject;
  readonly message: string;
  readonly event: StackEvent | undefined;
  /** The parts of the message that the pattern has found. */
  readonly groups: readonly string[];
}

const MAX_VERSIONS = 50;

interface Remedy {
  readonly message: RegExp;
  /** @returns whether anything was done */
  readonly provide: (trouble: Trouble) => Promise<boolean>;
}

const REMEDIES: readonly Remedy[] = [
  { message: /NoSuchKey|NoSuchBucket|specified key does not exist|specified bucket does not exist/, provide: objects },
  { message: /No export named (\S+) found/, provide: exported },
  { message: /No transform named \d+::(\S+) found/, provide: macro },
  { message: /Secrets Manager can't find the specified secret/, provide: secrets },
  {
    message: /Parameters: \[ssm:.*cannot be found|ParameterNotFound|Unable to fetch parameters|parameter.*not found/i,
    provide: ssmParameters,
  },
  { message: /Layer version arn:aws:lambda:[^:]+:\d+:layer:([^:]+):(\d+) does not exist/, provide: layerVersions },
  { message: /Source image \d+\.dkr\.ecr\.[\w-]+\.amazonaws\.com\/([^:@ ]+):?(\S*) does not exist/, provide: image },
  { message: /Invalid principal in policy: "AWS":"arn:aws:iam::\d+:role\/([^"]+)"/, provide: role },
  { message: /AWS::S3::Bucket \w+: .*"(\S+) already exists"/, provide: giveUpBucket },
  {
    message: /Received response status \[FAILED\]|failed before it answered|did not receive a response/,
    provide: stubHandlers,
  },
];

/** Provides what a message says is missing. @returns whether it is worth another attempt */
export async function remedy(trouble: Omit<Trouble, "groups">): Promise<JsonObject | undefined> {
  for (const { message, provide } of REMEDIES) {
    const found = message.exec(trouble.message);
    if (!found) continue;
    const given: Trouble = { ...trouble, groups: found.slice(1) };
    if (await provide(given)) return given.document;
  }
  return undefined;
}

const propertiesOf = ({ event }: Trouble): JsonObject =>
  event?.ResourceProperties ? (JSON.parse(event.ResourceProperties) as JsonObject) : {};

/** Puts a small archive (or template) at every place in a bucket that the properties of the failed resource name. */
async function objects(trouble: Trouble): Promise<boolean> {
  const { account, document } = trouble;
  const properties = propertiesOf(trouble);
  const archive = await stubArchive(document, account.place);
  const places = codePlaces(properties);
  const url = typeof properties.TemplateURL === "string" ? properties.TemplateURL : undefined;
  const template = url === undefined ? undefined : urlPlace(url);
  const content = trouble.event?.ResourceType === "AWS::ApiGateway::RestApi" ? CONTENTS.openapi : archive;
  for (const [bucket, key] of places) await account.put(bucket, key, content).catch(() => {});
  const bucketOnly = typeof properties.Bucket === "string" ? properties.Bucket : undefined;
  if (template) {
    const id = trouble.event?.LogicalResourceId ?? "";
    const parent = isObject(document.Resources) && isObject(document.Resources[id]) ? document.Resources[id] : {};
    await account.put(template.bucket, template.key, JSON.stringify(stubTemplate(account, document, id, parent)));
  } else if (places.length === 0 && bucketOnly) await account.put(bucketOnly, "sample", "");
  return places.length > 0 || template !== undefined || bucketOnly !== undefined;
}

/** What a URL of S3 names, the bucket in its host or its path. */
function urlPlace(url: string): { bucket: string; key: string } | undefined {
  const [, inHost, inPath, key] =
    /^https?:\/\/(?:([^/]+)\.s3[.-][^/]*\.?amazonaws\.com|[^/]+\/([^/]+))\/(.+)$/.exec(url) ?? [];
  const bucket = inHost ?? inPath;
  return bucket && key ? { bucket, key } : undefined;
}

async function image({ account, groups: [repository = "", tag] }: Trouble): Promise<boolean> {
  await pushImage(account, repository, tag || "latest");
  return true;
}

async function role({ account, groups: [RoleName = ""] }: Trouble): Promise<boolean> {
  const trust = { Version: "2012-10-17", Statement: [] };
  await account.call("iam", "CreateRole", { RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) });
  account.later(() => account.call("iam", "DeleteRole", { RoleName }));
  return true;
}

/** Lets the template make a bucket itself that was made for what it should hold. */
async function giveUpBucket({ account, groups: [bucket = ""] }: Trouble): Promise<boolean> {
  return account.giveUp(bucket);
}

/** Where properties say that code is. */
export function codePlaces(value: Json): [bucket: string, key: string][] {
  const places: [string, string][] = [];
  for (const object of objectsIn(value)) {
    const { S3Bucket, S3Key, Bucket, Key, SourceBucketNames, SourceObjectKeys } = object;
    const [bucket, key] = [S3Bucket ?? Bucket, S3Key ?? Key];
    if (typeof bucket === "string" && typeof key === "string") places.push([bucket, key]);
    if (!Array.isArray(SourceBucketNames) || !Array.isArray(SourceObjectKeys)) continue;
    for (const [index, name] of SourceBucketNames.entries())
      places.push([String(name), String(SourceObjectKeys[index])]);
  }
  return places;
}

/** Deploys a stack that exports a name. */
async function exported({ account, groups: [name = ""] }: Trouble): Promise<boolean> {
  const template = {
    Resources: { Sample: { Type: "AWS::CloudFormation::WaitConditionHandle" } },
    Outputs: { Sample: { Value: exportedValue(name, account), Export: { Name: name } } },
  };
  const StackName = `exports-${account.cloud.kernel.newId()}`;
  await provideStack(account, { StackName, TemplateBody: JSON.stringify(template) });
  return true;
}

/** What an export holds, by its name; the CDK's say which attribute of what they are. */
function exportedValue(name: string, account: Account): string {
  const [, attribute, resource] = /ExportsOutput(?:FnGetAtt)?(Ref)?(\w+)$/.exec(name) ?? [];
  const words = resource === undefined ? name : attribute === "Ref" ? resource : resource.replace(/[0-9A-F]{8}$/, "");
  return sampleValue(words.replace(/[0-9A-F]{8}(?=[A-Z][a-z]+$|$)/, ""), account.place);
}

/** Deploys a macro. */
async function macro({ account, groups: [name = ""] }: Trouble): Promise<boolean> {
  const TemplateBody = JSON.stringify(macroTemplate(name));
  const StackName = `macro-${account.cloud.kernel.newId()}`;
  await provideStack(account, { StackName, TemplateBody, Capabilities: ["CAPABILITY_IAM"] });
  return true;
}

/** Makes the secrets that the failed resource's dynamic references name, with every key that they read. */
async function secrets(trouble: Trouble): Promise<boolean> {
  const wanted = new Map<string, Record<string, string>>();
  const text = trouble.event?.ResourceProperties ?? "";
  for (const [, reference = ""] of text.matchAll(/\{\{resolve:secretsmanager:([^{}]+)\}\}/g)) {
    const parts = reference.split(":");
    const idParts = reference.startsWith("arn:") ? 7 : 1;
    const id = parts.slice(0, idParts).join(":");
    const key = parts[idParts + 1];
    const keys = wanted.get(id) ?? {};
    if (key) keys[key] = sampleValue(key, trouble.account.place);
    wanted.set(id, keys);
  }
  for (const [id, values] of wanted) {
    const present = await trouble.account
      .call("secrets-manager", "DescribeSecret", { SecretId: id })
      .catch(() => undefined);
    // An ARN ends in a dash and six characters that are no part of the name.
    const Name = present ? id : id.startsWith("arn:") ? (id.split(":")[6] ?? id).replace(/-.{6}$/, "") : id;
    const SecretString = Object.keys(values).length > 0 ? JSON.stringify(values) : "sample1234";
    await putSecret(trouble.account, Name, SecretString);
  }
  return wanted.size > 0;
}

async function putSecret(account: Account, Name: string, SecretString: string): Promise<void> {
  const made = account.call("secrets-manager", "CreateSecret", { Name, SecretString });
  const isNew = await made.then(
    () => true,
    () => false,
  );
  if (!isNew) return void (await account.call("secrets-manager", "PutSecretValue", { SecretId: Name, SecretString }));
  const gone = { SecretId: Name, ForceDeleteWithoutRecovery: true };
  account.later(() => account.call("secrets-manager", "DeleteSecret", gone));
}

/** Publishes the versions of a layer up to the one that is missing. */
async function layerVersions({ account, document, groups: [name = "", version = "1"] }: Trouble): Promise<boolean> {
  const ZipFile = await stubArchive(document, account.place);
  for (let number = 1; number <= Math.min(Number(version), MAX_VERSIONS); number++) {
    const published = { LayerName: name, Content: { ZipFile } };
    const { Version } = await account.call<{ Version: number }>("lambda", "PublishLayerVersion", published);
    account.later(() => account.call("lambda", "DeleteLayerVersion", { LayerName: name, VersionNumber: Version }));
  }
  return Number(version) <= MAX_VERSIONS;
}

/** Puts the SSM parameters that are referred to. */
async function ssmParameters(trouble: Trouble): Promise<boolean> {
  const names = new Set<string>();
  const text = trouble.event?.ResourceProperties ?? JSON.stringify(trouble.document);
  for (const [, name = ""] of text.matchAll(/\{\{resolve:ssm(?:-secure)?:([^{}:]+)(?::\d+)?\}\}/g)) names.add(name);
  for (const name of /parameters \[([^\]]+)\]/.exec(trouble.message)?.[1]?.split(", ") ?? []) names.add(name);
  let put = 0;
  for (const Name of names) {
    if (Name.includes("${")) continue;
    const Value = sampleValue(Name.split("/").at(-1) ?? "", trouble.account.place);
    const done = trouble.account.call("ssm", "PutParameter", { Name, Value, Type: "String", Overwrite: true });
    put += await done.then(
      () => 1,
      () => 0,
    );
    trouble.account.later(() => trouble.account.call("ssm", "DeleteParameter", { Name }).catch(() => {}));
  }
  return put > 0;
}

/** Gives the functions whose code is in the template the stub's: what they call may not be here. */
async function stubHandlers(trouble: Trouble): Promise<boolean> {
  const { account, document } = trouble;
  const key = "inline";
  const changes: JsonObject = {};
  for (const [id, resource] of resourcesOf(document)) {
    const properties = isObject(resource.Properties) ? resource.Properties : {};
    const inline = isObject(properties.Code) && properties.Code.ZipFile !== undefined;
    if (resource.Type === "AWS::Lambda::Function" && inline) {
      const Code = { S3Bucket: account.artifacts, S3Key: key };
      changes[id] = { ...resource, Properties: { ...properties, Code } };
    } else if (resource.Type === "AWS::Serverless::Function" && properties.InlineCode !== undefined) {
      const { InlineCode: _, ...rest } = properties;
      changes[id] = { ...resource, Properties: { ...rest, CodeUri: `s3://${account.artifacts}/${key}` } };
    }
  }
  if (Object.keys(changes).length === 0) return false;
  await account.put(account.artifacts, key, await stubArchive(document, account.place));
  trouble.document = { ...document, Resources: { ...(document.Resources as JsonObject), ...changes } };
  return true;
}
