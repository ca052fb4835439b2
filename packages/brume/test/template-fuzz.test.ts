/**
 * Spoilt templates are refused as AWS refuses them, or deployed, and nothing is left of what was refused.
 * `BRUME_FUZZ` is how many, `BRUME_FUZZ_SEED` which ones, `BRUME_FUZZ_ONLY` the one of them that is sent again, and
 * `BRUME_FUZZ_REAL` adds the real templates that lie beside the repository.
 */
import { isUtf8 } from "node:buffer";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CloudFormationClient, ValidateTemplateCommand } from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDocument } from "../src/cloudformation/template/parse.js";
import { type RunningCloud, startCloud } from "../src/index.js";
import { requestsOf } from "./good-requests/capture.js";
import { goodTemplates, handWrittenTemplates, nestedTemplate } from "./good-templates.js";
import { Random } from "./mutate.js";
import { type Data, TemplateMutator } from "./mutate-template.js";
import { RawConnection, type RawRequest } from "./raw-http.js";

const COUNT = Number(process.env.BRUME_FUZZ ?? 2000);
const SEED = Number(process.env.BRUME_FUZZ_SEED ?? 20261124);
const ONLY = process.env.BRUME_FUZZ_ONLY === undefined ? undefined : Number(process.env.BRUME_FUZZ_ONLY);
const REAL = fileURLToPath(new URL("../../../../shared/templates/", import.meta.url));
/** Where templates are put that do not get through, and the one under way: what hangs cannot be told afterwards. */
const SCRATCH = join(tmpdir(), "brume-template-fuzz");
const LIMIT_MS = 2000;
/** For templates that are too long for a request: megabytes of YAML take their time. */
const LONG_LIMIT_MS = 6000;
const MOST_PROBLEMS = 30;
const MAX_BODY_BYTES = 51_200;
/** What a request about a template may be answered with, if not with success. */
const ERRORS = [
  ...["ValidationError", "InsufficientCapabilitiesException", "AlreadyExistsException", "ChangeSetNotFound"],
  ...["InvalidChangeSetStatus", "LimitExceededException"],
];
/** What a message tells only by mistake. */
const SLIPS =
  /\[object Object\]|(?<!references )\bundefined\b|is not (?:a function|iterable)|Cannot read|Internal Failure/;
const CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];

let cloud: RunningCloud;
let connection: RawConnection;
let form: RawRequest;
const failures: string[] = [];
/** The good templates, and the stacks that were made of them. */
const subjects: { name: string; data?: Data; text: string; stack: string }[] = [];

beforeAll(async () => {
  cloud = await startCloud();
  cloud.kernel.events.on("failure", ({ during, stack, message }) => failures.push(`${during}: ${stack ?? message}`));
  const { Bucket, Key, Body } = nestedTemplate;
  await cloud.call("s3", "CreateBucket", { Bucket });
  await cloud.call("s3", "PutObject", { Bucket, Key, Body });
  await cloud.call("ssm", "PutParameter", { Name: "/fuzz/known", Type: "String", Value: "known" });
  [form] = (await requestsOf(cloud, CloudFormationClient, [new ValidateTemplateCommand({})])) as [RawRequest];
  connection = new RawConnection(cloud.endpoint);
  for (const [name, data] of Object.entries(goodTemplates))
    subjects.push({ name, data: data as Data, text: JSON.stringify(data), stack: `good-${name}` });
  for (const [name, text] of Object.entries(handWrittenTemplates)) subjects.push({ name, text, stack: `good-${name}` });
});
afterAll(() => cloud.close());

type Parameters = Record<string, string | Uint8Array>;
interface Answer {
  status: number;
  body: string;
  code?: string | undefined;
  message?: string | undefined;
  took: number;
}

function encoded(value: string | Uint8Array): string {
  return Buffer.from(value)
    .toString("latin1")
    .replace(/[^\w.-]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** The machine's time that went by: that of this process, which others cannot take from it. */
function sinceMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function ask(Action: string, parameters: Parameters): Promise<Answer> {
  const pairs = Object.entries({ Action, Version: "2010-05-15", ...parameters });
  const before = process.cpuUsage();
  connection.request({ ...form, body: pairs.map(([name, value]) => `${name}=${encoded(value)}`).join("&") });
  const answer = await connection.answer().catch(() => undefined);
  if (!answer) {
    await connection.drop();
    connection = new RawConnection(cloud.endpoint);
    return { status: 599, body: "nothing came as an answer", took: sinceMs(before) };
  }
  const text = (name: string) => new RegExp(`<${name}>([^]*?)</${name}>`).exec(answer.body)?.[1];
  const failed = answer.status !== 200;
  return {
    status: answer.status,
    body: answer.body,
    code: failed ? text("Code") : undefined,
    message: failed ? text("Message") : undefined,
    took: sinceMs(before),
  };
}

/** How a request carries a template: itself, or where it is. */
async function carried(template: Uint8Array): Promise<Parameters> {
  // What is no text cannot stand in a form.
  if (template.length <= MAX_BODY_BYTES && isUtf8(template)) return { TemplateBody: template };
  await cloud.call("s3", "PutObject", { Bucket: nestedTemplate.Bucket, Key: "template", Body: template });
  return { TemplateURL: `https://s3.amazonaws.com/${nestedTemplate.Bucket}/template` };
}

const capabilities = Object.fromEntries(CAPABILITIES.map((one, index) => [`Capabilities.member.${index + 1}`, one]));

async function statusOf(StackName: string): Promise<string | undefined> {
  const { body } = await ask("DescribeStacks", { StackName });
  return /<StackStatus>(\w+)</.exec(body)?.[1];
}

/** Waits until a stack rests: what waits for an answer that never comes has its own time to give up. */
async function restOf(StackName: string): Promise<string | undefined> {
  await cloud.idle();
  for (let hours = 0; hours < 14 && (await statusOf(StackName))?.endsWith("_IN_PROGRESS"); hours++) {
    await cloud.clock.advance({ hours: 1 });
    await cloud.idle();
  }
  return statusOf(StackName);
}

class Trial {
  readonly problems: string[] = [];
  readonly #template: Buffer;
  readonly #carried: Parameters;

  constructor(template: Buffer, carried: Parameters) {
    this.#template = template;
    this.#carried = carried;
  }

  /** Sends the template with a request. @returns whether it was taken */
  async send(action: string, parameters: Parameters = {}): Promise<boolean> {
    const answer = await ask(action, { ...this.#carried, ...parameters });
    const note = (problem: string) => this.problems.push(`${action}: ${problem}`);
    for (const failure of failures.splice(0)) note(failure);
    if (answer.took > (this.#template.length > MAX_BODY_BYTES ? LONG_LIMIT_MS : LIMIT_MS))
      note(`took ${Math.round(answer.took)} ms`);
    if (answer.status === 200) return true;
    const { code = "none", message = "" } = answer;
    if (answer.status >= 500) note(`${answer.status}: ${answer.body.slice(0, 300)}`);
    else if (!ERRORS.includes(code) || message === "") note(`the error is ${code}: ${answer.body.slice(0, 300)}`);
    const slip = SLIPS.exec(message)?.[0];
    if (slip !== undefined && !this.#template.includes(slip)) note(`the message says ${slip}: ${message}`);
    return false;
  }

  async expectGone(stack: string, after: string): Promise<void> {
    const status = await statusOf(stack);
    if (status !== undefined) this.problems.push(`${after}: refused, but ${stack} is there: ${status}`);
  }

  async expectStatus(stack: string, status: RegExp, after: string): Promise<void> {
    const is = await restOf(stack);
    for (const failure of failures.splice(0)) this.problems.push(`${after}: ${failure}`);
    if (!status.test(String(is))) this.problems.push(`${after}: ${stack} is ${is}`);
  }
}

/** Sends a template in some of the ways that there are; what is deployed goes again. */
async function tryOut(i: number, template: Buffer, base: string, thoroughly: boolean): Promise<string[]> {
  const trial = new Trial(template, await carried(template));
  const ways = [validate, planCreation, planUpdate];
  for (const way of thoroughly ? [...ways, create, update] : [ways[i % 3] as typeof validate])
    await way(trial, i, base);
  return trial.problems;
}

async function validate(trial: Trial, i: number): Promise<void> {
  await trial.send(i % 2 === 0 ? "ValidateTemplate" : "GetTemplateSummary");
}

async function planCreation(trial: Trial, i: number): Promise<void> {
  const named = { StackName: `s${i}`, ChangeSetName: "c" };
  if (!(await trial.send("CreateChangeSet", { ...named, ChangeSetType: "CREATE", ...capabilities })))
    return trial.expectGone(named.StackName, "CreateChangeSet");
  const { body } = await ask("DescribeChangeSet", named);
  if (!body.includes("<Status>CREATE_COMPLETE<")) trial.problems.push(`DescribeChangeSet: ${body.slice(0, 300)}`);
  await ask("DeleteStack", named);
  await trial.expectStatus(named.StackName, /^undefined$/, "DeleteStack of a stack in review");
}

async function planUpdate(trial: Trial, i: number, base: string): Promise<void> {
  const named = { StackName: base, ChangeSetName: `c${i}` };
  if (await trial.send("CreateChangeSet", { ...named, ChangeSetType: "UPDATE", ...capabilities }))
    await ask("DeleteChangeSet", named);
}

async function create(trial: Trial, i: number): Promise<void> {
  const StackName = `s${i}`;
  if (!(await trial.send("CreateStack", { StackName, ...capabilities })))
    return trial.expectGone(StackName, "CreateStack");
  await trial.expectStatus(StackName, /_(?:COMPLETE|FAILED)$/, "CreateStack");
  await ask("DeleteStack", { StackName });
  await trial.expectStatus(StackName, /^(?:DELETE_FAILED|undefined)$/, "DeleteStack");
}

async function update(trial: Trial, _: number, StackName: string): Promise<void> {
  if (await trial.send("UpdateStack", { StackName, ...capabilities }))
    await trial.expectStatus(StackName, /^(?:CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/, "UpdateStack");
}

describe("templates", () => {
  it("make stacks, where they are good", async () => {
    for (const { stack: StackName, text } of subjects) {
      for (const action of ["ValidateTemplate", "GetTemplateSummary"])
        expect(await ask(action, { TemplateBody: text })).toMatchObject({ status: 200 });
      const made = await ask("CreateStack", { StackName, TemplateBody: text, ...capabilities });
      expect(made.status, `${StackName}: ${made.message}`).toBe(200);
      const status = await restOf(StackName);
      const { body } = await ask("DescribeStackEvents", { StackName });
      expect(status, body.match(/<ResourceStatusReason>[^<]*/g)?.join("\n")).toBe("CREATE_COMPLETE");
    }
    expect(failures).toEqual([]);
  });

  it(`are refused or deployed, where they are spoilt (seed ${SEED})`, { timeout: 60_000 + COUNT * 100 }, async () => {
    const all = process.env.BRUME_FUZZ_REAL && existsSync(REAL) ? [...subjects, ...realTemplates()] : subjects;
    const random = new Random(SEED);
    const mutator = new TemplateMutator(
      random,
      all.flatMap(({ data }) => (data === undefined ? [] : [data])),
    );
    const problems = new Map<string, string>();
    for (let i = 0; i < COUNT && problems.size < MOST_PROBLEMS; i++) {
      const { name, data, text, stack } = random.pick(all);
      const spoilt = data === undefined ? text : mutator.write(mutator.mutate(data));
      const template = data === undefined || random.chance(0.15) ? mutator.spoil(spoilt) : Buffer.from(spoilt);
      const thoroughly = random.chance(0.02) && stack === `good-${name}`;
      if (ONLY !== undefined && i !== ONLY) continue;
      keep("under-way", template);
      for (const problem of await tryOut(i, template, stack, thoroughly)) {
        // One for each place in the code is enough to read.
        const place = problem.split("\n").slice(0, 2).join("\n").replace(/\d+/g, "0").slice(0, 160);
        if (problems.has(place)) continue;
        problems.set(place, `#${i} ${name}: ${problem}\n${template.subarray(0, 500)}`);
        keep(String(i), template);
      }
    }
    expect([...problems.values()].join("\n\n"), `BRUME_FUZZ_SEED=${SEED}`).toBe("");
  });

  it("have left the stacks of the good ones as they can be updated and deleted", async () => {
    for (const { stack: StackName } of subjects) {
      await ask("DeleteStack", { StackName });
      expect(await restOf(StackName)).toBe(undefined);
    }
    expect(failures).toEqual([]);
  });
});

function keep(name: string, template: Uint8Array): void {
  if (process.env.BRUME_FUZZ === undefined) return;
  mkdirSync(SCRATCH, { recursive: true });
  writeFileSync(join(SCRATCH, name), template);
}

/** The real templates, with a default for each parameter: what has no value is refused before anything else. */
function realTemplates(): typeof subjects {
  const files = readFileSync(`${REAL}index.tsv`, "utf8").split("\n").slice(1);
  return files.flatMap((line) => {
    const [name = ""] = line.split("\t");
    if (name === "") return [];
    const data = readDocument(readFileSync(REAL + name, "utf8"));
    for (const parameter of Object.values((data.Parameters ?? {}) as Record<string, { [key: string]: Data }>)) {
      const [first = parameter.Type === "Number" ? 1 : "sample"] = (parameter.AllowedValues ?? []) as Data[];
      parameter.Default ??= first;
    }
    return [{ name, data, text: JSON.stringify(data), stack: "good-messaging" }];
  });
}
