/** Deploys stacks: publishes assets, makes and executes change sets, follows them to their end. */
import { readFileSync } from "node:fs";
import { isAwsError, UserError } from "../kernel/errors.js";
import type { CloudEvent } from "../kernel/events.js";
import { uuid } from "../kernel/identifiers.js";
import { fileAssets, imageAssets, publishAsset } from "./assets.js";
import { bootstrap, bootstrapFor } from "./bootstrap.js";
import type { CloudClient, Place } from "./cloud-client.js";
import { type DescribedStack, describeStack, destroyStack, ended } from "./deployed-stack.js";
import { failingSteps } from "./failing-steps.js";
import { publishImage } from "./images/image-asset.js";
import type { StackArtifact } from "./manifest.js";

/** A stack event as the cloud tells it. */
export type StackEvent = Extract<CloudEvent, { type: "stack" }>;

/** What is told while stacks are deployed. */
export type DeployProgress =
  | { type: "publishing"; stack: string; assets: number }
  | { type: "published"; stack: string; bytes: number; durationMs: number }
  | { type: "deploying"; stack: string; changes: number }
  | { type: "event"; stack: string; event: StackEvent }
  /** Something that the cloud does otherwise than the app expects. */
  | { type: "notice"; message: string }
  | { type: "deployed"; stack: string; result: StackResult };

export interface StackResult {
  readonly stackName: string;
  readonly displayName: string;
  readonly stackId: string;
  readonly place: Place;
  /** Whether there was anything to do. */
  readonly changed: boolean;
  readonly outputs: Readonly<Record<string, string>>;
  /** Logical ids by type, of resources whose types no service stands behind yet. */
  readonly modelled: readonly { type: string; count: number }[];
  readonly publishMs: number;
  readonly deployMs: number;
}

export interface DeployOptions {
  /** Deploys also when the template is what the stack has. */
  force?: boolean;
  parameters?: Readonly<Record<string, string>>;
  tags?: Readonly<Record<string, string>>;
  /** Leaves a failed stack as it is, instead of rolling it back. */
  rollback?: boolean;
  /** Steps that are to fail: see `failingSteps`. */
  fail?: readonly string[];
  /** Plans nested stacks as well. */
  nested?: boolean;
  onProgress?: (progress: DeployProgress) => void;
}

/** The longest template that a request may carry. */
const MAX_BODY_BYTES = 51_200;

/** Deploys stacks, in the order given. @throws UserError that says which resource failed, where and why */
export async function deployStacks(
  cloud: CloudClient,
  stacks: readonly StackArtifact[],
  options: DeployOptions = {},
): Promise<StackResult[]> {
  for (const { errors } of stacks) {
    const [first] = errors;
    if (first)
      throw new UserError("AppError", first.message, {
        where: first.path,
        hint: "The app reports this error itself, at synthesis.",
      });
  }
  const restore = await cloud.fail(failingSteps(stacks, options.fail ?? []));
  try {
    return await deployInTurn(cloud, stacks, options);
  } finally {
    // A step that was not reached must not fail the next deployment.
    await restore();
  }
}

async function deployInTurn(
  cloud: CloudClient,
  stacks: readonly StackArtifact[],
  options: DeployOptions,
): Promise<StackResult[]> {
  const events: StackEvent[] = [];
  const stop = await cloud.listen((event) => {
    if (event.type === "notice") options.onProgress?.({ type: "notice", message: event.message });
    if (event.type !== "stack") return;
    events.push(event);
    const stack = stacks.find(({ stackName }) => stackName === event.stackName);
    if (stack) options.onProgress?.({ type: "event", stack: stack.displayName, event });
  });
  try {
    const results: StackResult[] = [];
    for (const stack of stacks) results.push(await deployStack(cloud, stack, options, events));
    return results;
  } finally {
    stop();
  }
}

async function deployStack(
  cloud: CloudClient,
  stack: StackArtifact,
  options: DeployOptions,
  events: StackEvent[],
): Promise<StackResult> {
  const tell = options.onProgress ?? (() => {});
  const publishStart = performance.now();
  const template = readFileSync(stack.templateFile, "utf8");
  await publish(cloud, stack, template, tell);
  const deployStart = performance.now();
  const changed = await bringTo(cloud, stack, template, options, events, tell);
  const described = await describeStack(cloud, stack.stackName, stack.place);
  if (!described) throw new Error(`Stack ${stack.stackName} has gone.`);
  if (stack.terminationProtection) {
    await cloud.call(
      "cloudformation",
      "UpdateTerminationProtection",
      { StackName: stack.stackName, EnableTerminationProtection: true },
      stack.place,
    );
  }
  const result: StackResult = {
    stackName: stack.stackName,
    displayName: stack.displayName,
    stackId: described.StackId,
    place: stack.place,
    changed,
    outputs: Object.fromEntries(
      (described.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
    ),
    modelled: countModelled(events, described.StackId),
    publishMs: deployStart - publishStart,
    deployMs: performance.now() - deployStart,
  };
  tell({ type: "deployed", stack: stack.displayName, result });
  return result;
}

/** Stores the assets that are not there yet, and bootstraps the environment where assets need it. */
async function publish(
  cloud: CloudClient,
  stack: StackArtifact,
  template: string,
  tell: (progress: DeployProgress) => void,
): Promise<void> {
  const started = performance.now();
  const inBody = Buffer.byteLength(template) <= MAX_BODY_BYTES;
  // A template that fits into the request need not be stored first.
  const assets = fileAssets(stack.assetManifests, stack.place).filter(
    ({ path }) => !(inBody && path === stack.templateFile),
  );
  const images = imageAssets(stack.assetManifests, stack.place);
  await bootstrapFor(cloud, stack, template);
  tell({ type: "publishing", stack: stack.displayName, assets: assets.length + images.length });
  const sizes = await Promise.all([
    ...assets.map((asset) => publishAsset(cloud, asset)),
    ...images.map((image) => publishImage(cloud, image)),
  ]);
  tell({
    type: "published",
    stack: stack.displayName,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    durationMs: performance.now() - started,
  });
}

/** Makes a change set and executes it. @returns whether there was anything to do */
async function bringTo(
  cloud: CloudClient,
  stack: StackArtifact,
  template: string,
  options: DeployOptions,
  events: StackEvent[],
  tell: (progress: DeployProgress) => void,
): Promise<boolean> {
  const { stackName: StackName, place } = stack;
  let existing = await describeStack(cloud, StackName, place);
  if (
    existing &&
    ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"].includes(existing.StackStatus)
  ) {
    // A stack whose creation failed can only be deleted.
    await destroyStack(cloud, StackName, place);
    existing = undefined;
  }
  if (existing && !options.force && (await isUnchanged(cloud, stack, template, existing, options))) return false;
  const changeSet = await createChangeSet(cloud, stack, template, options, existing);
  if (changeSet.Status === "FAILED") {
    await cloud.call("cloudformation", "DeleteChangeSet", { StackName, ChangeSetName: changeSet.ChangeSetId }, place);
    if (/didn't contain changes|No updates/.test(changeSet.StatusReason ?? "")) return false;
    throw new UserError("ChangeSetFailed", changeSet.StatusReason ?? "The change set failed.", {
      where: stack.displayName,
    });
  }
  tell({ type: "deploying", stack: stack.displayName, changes: changeSet.Changes?.length ?? 0 });
  const first = events.length;
  const DisableRollback = options.rollback === false ? true : undefined;
  await cloud.call(
    "cloudformation",
    "ExecuteChangeSet",
    { StackName, ChangeSetName: changeSet.ChangeSetId, DisableRollback },
    place,
  );
  const end = await ended(cloud, StackName, place);
  if (!["CREATE_COMPLETE", "UPDATE_COMPLETE"].includes(end.StackStatus))
    throw failureOf(stack, end, events.slice(first));
  return true;
}

interface DescribedChangeSet {
  ChangeSetId: string;
  StackId: string;
  Status: string;
  StatusReason?: string;
  Changes?: { ResourceChange: ResourceChange }[];
}

/** A change of a change set, as DescribeChangeSet tells it. */
export interface ResourceChange {
  Action: "Add" | "Modify" | "Remove";
  LogicalResourceId: string;
  PhysicalResourceId?: string;
  ResourceType: string;
  Replacement?: "True" | "False" | "Conditional";
  PolicyAction?: string;
  /** The properties before and after, as JSON. */
  BeforeContext?: string;
  AfterContext?: string;
  /** Of a nested stack: its own change set. */
  ChangeSetId?: string;
  Details?: {
    Target: { Attribute: string; Name?: string; RequiresRecreation: string; BeforeValue?: string; AfterValue?: string };
    Evaluation: string;
    CausingEntity?: string;
  }[];
}

/** Makes a change set for a stack and describes it. @throws UserError for a template that is refused */
export async function createChangeSet(
  cloud: CloudClient,
  stack: StackArtifact,
  template: string,
  options: DeployOptions,
  existing: DescribedStack | undefined,
): Promise<DescribedChangeSet> {
  const { stackName: StackName, place } = stack;
  const isNew = !existing || existing.StackStatus === "REVIEW_IN_PROGRESS";
  const source = await templateSource(cloud, stack, template);
  const ChangeSetName = `brume-${uuid()}`;
  try {
    await cloud.call(
      "cloudformation",
      "CreateChangeSet",
      {
        StackName,
        ChangeSetName,
        ChangeSetType: isNew ? "CREATE" : "UPDATE",
        ...source,
        Parameters: parametersFor(stack, template, options, isNew ? undefined : existing),
        Tags: tagsFor(stack, options),
        IncludeNestedStacks: options.nested,
        Capabilities: ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
      },
      place,
    );
  } catch (error) {
    if (!isAwsError(error, "ValidationError")) throw error;
    const where = /\(at ([^()]+)\)$/.exec(error.message)?.[1] ?? stack.displayName;
    throw new UserError("TemplateRefused", error.message.replace(/ \(at [^()]+\)$/, ""), { where, cause: error });
  }
  return cloud.call<DescribedChangeSet>(
    "cloudformation",
    "DescribeChangeSet",
    { StackName, ChangeSetName, IncludePropertyValues: true },
    place,
  );
}

/** A template as a request carries it: itself where it fits, otherwise where it is stored. */
async function templateSource(
  cloud: CloudClient,
  { templateUrl, place }: StackArtifact,
  template: string,
): Promise<{ TemplateBody: string } | { TemplateURL: string }> {
  if (Buffer.byteLength(template) <= MAX_BODY_BYTES) return { TemplateBody: template };
  if (templateUrl) {
    const path = templateUrl.replace(/^s3:\/\//, "").replaceAll("${AWS::AccountId}", place.account);
    return { TemplateURL: `${cloud.endpoint}/${path.replaceAll("${AWS::Region}", place.region)}` };
  }
  // Nobody published it: its synthesizer publishes no templates, or it comes from no app.
  await bootstrap(cloud, place);
  const bucket = `cdk-hnb659fds-assets-${place.account}-${place.region}`;
  const key = `brume-templates/${uuid()}`;
  await cloud.upload(bucket, key, Buffer.from(template), place);
  return { TemplateURL: `${cloud.endpoint}/${bucket}/${key}` };
}

function parametersFor(
  stack: StackArtifact,
  template: string,
  options: DeployOptions,
  existing: DescribedStack | undefined,
) {
  const given: Record<string, string> = { ...stack.parameters, ...options.parameters };
  const declared = Object.keys(parameterDefinitions(template));
  const before = new Set(existing?.Parameters?.map(({ ParameterKey }) => ParameterKey));
  return declared.flatMap(
    (ParameterKey): { ParameterKey: string; ParameterValue?: string; UsePreviousValue?: boolean }[] => {
      const value = given[ParameterKey];
      if (value !== undefined) return [{ ParameterKey, ParameterValue: value }];
      return before.has(ParameterKey) ? [{ ParameterKey, UsePreviousValue: true }] : [];
    },
  );
}

function parameterDefinitions(template: string): Record<string, unknown> {
  try {
    return (JSON.parse(template) as { Parameters?: Record<string, unknown> }).Parameters ?? {};
  } catch {
    return {};
  }
}

function tagsFor(stack: StackArtifact, options: DeployOptions): { Key: string; Value: string }[] {
  return Object.entries({ ...stack.tags, ...options.tags }).map(([Key, Value]) => ({ Key, Value }));
}

/** Whether a stack has the template, tags and parameters already: the way to find that out which costs least. */
async function isUnchanged(
  cloud: CloudClient,
  stack: StackArtifact,
  template: string,
  existing: DescribedStack,
  options: DeployOptions,
): Promise<boolean> {
  if (!existing.StackStatus.endsWith("_COMPLETE") || Object.keys(options.parameters ?? {}).length > 0) return false;
  if (/AWS::SSM::Parameter::Value</.test(template.replace(/"BootstrapVersion":\s*\{[^}]*\}/, ""))) return false;
  const tags = (list: { Key: string; Value: string }[]) =>
    JSON.stringify(list.map(({ Key, Value }) => [Key, Value]).sort());
  if (tags(tagsFor(stack, options)) !== tags(existing.Tags ?? [])) return false;
  const { TemplateBody } = await cloud.call<{ TemplateBody: string }>(
    "cloudformation",
    "GetTemplate",
    { StackName: stack.stackName },
    stack.place,
  );
  return TemplateBody === template;
}

/** The error of a stack that failed: the resource that failed first, not those that were given up after it. */
function failureOf(stack: StackArtifact, end: DescribedStack, events: readonly StackEvent[]): UserError {
  const cause = causeIn(events, ({ stackName }) => stackName === stack.stackName);
  const what = cause
    ? `${cause.logicalId} (${cause.resourceType}): ${cause.reason ?? cause.status}`
    : (end.StackStatusReason ?? end.StackStatus);
  return new UserError("DeploymentFailed", `${stack.displayName} failed: ${what}`, {
    where: cause?.path ?? stack.displayName,
    hint: `The stack is in ${end.StackStatus}.`,
  });
}

/** The event of the resource that failed first, in a nested stack where that is what failed. */
function causeIn(events: readonly StackEvent[], isOf: (event: StackEvent) => boolean): StackEvent | undefined {
  const failed = (event: StackEvent) =>
    isOf(event) && /_FAILED$/.test(event.status) && !/cancelled/i.test(event.reason ?? "");
  const cause = events.find(failed);
  const nested = /^Embedded stack (\S+) was not successfully/.exec(cause?.reason ?? "")?.[1];
  return (nested === undefined ? undefined : causeIn(events, ({ stackId }) => stackId === nested)) ?? cause;
}

function countModelled(events: readonly StackEvent[], stackId: string): { type: string; count: number }[] {
  const types = new Map<string, Set<string>>();
  for (const { stackId: id, resourceType, logicalId, modelled, status } of events) {
    if (id !== stackId || !modelled || !status.endsWith("_COMPLETE")) continue;
    types.set(resourceType, (types.get(resourceType) ?? new Set()).add(logicalId));
  }
  return [...types].map(([type, ids]) => ({ type, count: ids.size })).sort((a, b) => (a.type < b.type ? -1 : 1));
}
