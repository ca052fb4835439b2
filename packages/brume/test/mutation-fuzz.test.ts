import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../src/index.js";
import { rootOf } from "../src/kernel/principal.js";
import { goodRequests } from "./good-requests/index.js";
import { Mutator, Random, wordsOf } from "./mutate.js";
import { type RawRequest, send } from "./raw-http.js";

const COUNT = Number(process.env.BRUME_FUZZ ?? 1500);
const SEED = Number(process.env.BRUME_FUZZ_SEED ?? 20261124);
/** The only service whose requests are spoilt; all take turns without. */
const ONLY = process.env.BRUME_FUZZ_SERVICE;
const LIMIT_MS = 5000;
const MOST_PROBLEMS = 40;

/** Where nothing is spoilt, to see that nothing was. */
const KEPT = "111111111111";

let cloud: RunningCloud;
let requests: Record<string, RawRequest[]>;
const failures: string[] = [];
beforeAll(async () => {
  cloud = await startCloud();
  cloud.kernel.events.on("failure", ({ during, stack, message }) => failures.push(`${during}: ${stack ?? message}`));
  requests = await goodRequests(cloud);
  await keep("sqs", "CreateQueue", { QueueName: "kept" });
  await keep("sqs", "SendMessage", { QueueUrl: `${cloud.endpoint}/${KEPT}/kept`, MessageBody: "kept" });
  await keep("s3", "CreateBucket", { Bucket: "kept" });
  await keep("s3", "PutObject", { Bucket: "kept", Key: "kept", Body: "kept" });
  await keep("ssm", "PutParameter", { Name: "kept", Value: "kept", Type: "String" });
});
afterAll(() => cloud.close());

// biome-ignore lint/suspicious/noExplicitAny: outputs of many operations, a member or two of each
function keep(service: string, operation: string, input: object): Promise<any> {
  return cloud.kernel.call(service, operation, input, { account: KEPT, region: "us-east-1", principal: rootOf(KEPT) });
}

function show({ method, path, headers = {}, body }: RawRequest): string {
  const { authorization: _, ...rest } = headers;
  const text = body === undefined ? "" : Buffer.from(body).toString();
  return `${method} ${path} ${JSON.stringify(rest)}\n${text.length > 1500 ? `${text.slice(0, 1500)}… (${text.length})` : text}`;
}

/** What is wrong with how the cloud took a request; `undefined` where nothing is. */
async function problemWith(request: RawRequest): Promise<string | undefined> {
  const started = performance.now();
  const answer = await send(cloud.endpoint, request).catch((error: Error) => error);
  if (answer instanceof Error) return answer.message;
  const took = performance.now() - started;
  if (took > LIMIT_MS) return `It took ${Math.round(took)} ms.`;
  // What was reported stands in the answer's place: it says where.
  if (failures.length > 0) return failures.splice(0).join("\n");
  return answer.status >= 500 && answer.status !== 501 ? `${answer.status}: ${answer.body.slice(0, 300)}` : undefined;
}

describe("every service", () => {
  it("takes the requests that are good", async () => {
    for (const [service, some] of Object.entries(requests)) {
      for (const request of some) {
        const answer = await send(cloud.endpoint, request);
        expect(answer.status, `${service}\n${show(request)}\n${answer.body}`).toBeLessThan(500);
      }
    }
  });

  it(`refuses those that are spoilt, and goes on (seed ${SEED})`, { timeout: 60_000 + COUNT * 50 }, async () => {
    const random = new Random(SEED);
    const services = Object.keys(requests).filter((name) => ONLY === undefined || name === ONLY);
    expect(services, "BRUME_FUZZ_SERVICE").not.toEqual([]);
    const mutators = new Map(services.map((name) => [name, new Mutator(random, wordsOf(requests[name] ?? []))]));
    const problems = new Map<string, string>();
    for (let i = 0; i < COUNT && problems.size < MOST_PROBLEMS; i++) {
      const service = services[i % services.length] as string;
      const request = (mutators.get(service) as Mutator).mutate(random.pick(requests[service] ?? []));
      const problem = await problemWith(request);
      // One for each place in the code is enough to read.
      if (problem)
        problems.set(problem.split("\n").slice(0, 2).join("\n"), `#${i} ${service}: ${problem}\n${show(request)}`);
    }
    expect([...problems.values()].join("\n\n"), `BRUME_FUZZ_SEED=${SEED}`).toBe("");
  });

  it("still has what was put into it before", async () => {
    const QueueUrl = `${cloud.endpoint}/${KEPT}/kept`;
    expect((await keep("sqs", "ReceiveMessage", { QueueUrl })).Messages).toMatchObject([{ Body: "kept" }]);
    expect((await keep("ssm", "GetParameter", { Name: "kept" })).Parameter.Value).toBe("kept");
    const { Body } = await keep("s3", "GetObject", { Bucket: "kept", Key: "kept" });
    expect(Buffer.from(Body).toString()).toBe("kept");
  });
});
