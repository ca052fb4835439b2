/** A cloud whose engine is used below its API, and whose services do the same by calls. */

import { stackIdOf } from "../packages/brume/src/cloudformation/environment.js";
import { changesOf, newStack, startUpdate } from "../packages/brume/src/cloudformation/operations/stacks.js";
import { spec, startOperation } from "../packages/brume/src/cloudformation/operations/start.js";
import { getStack, type StackSource } from "../packages/brume/src/cloudformation/stack.js";
import { parseTemplate } from "../packages/brume/src/cloudformation/template/parse.js";
import type { Template } from "../packages/brume/src/cloudformation/template/template.js";
import { validateTemplate } from "../packages/brume/src/cloudformation/template/validate.js";
import { Cloud } from "../packages/brume/src/kernel/cloud.js";
import { Context } from "../packages/brume/src/kernel/context.js";
import { rootOf } from "../packages/brume/src/kernel/principal.js";
import { defineTable } from "../packages/brume/src/kernel/store.js";
import { registry } from "../packages/brume/src/registry.js";
import { CODE, TRUST } from "./engine-template.js";
import { zip } from "./functions.js";

const caller = { account: "111122223333", region: "us-east-1", principal: rootOf("111122223333") };
/** How many resources the API allows; what has more cannot be validated. */
const LIMIT = 500;
/** How many calls are under way at once. */
const AT_ONCE = 32;
const rows = defineTable<object>("bench/rows");

export async function cloudWith(directory: string): Promise<EngineCloud> {
  const cloud = new Cloud({ directory, registry });
  cloud.events.on("failure", ({ stack, message }) => {
    throw new Error(stack ?? message);
  });
  await cloud.service("cloudformation");
  cloud.start();
  return new EngineCloud(cloud);
}

/** A stack's id. */
type StackId = string;

class EngineCloud implements AsyncDisposable {
  readonly #cloud: Cloud;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  /** Creates a stack, and resolves when that is complete. */
  create(name: string, resources: Record<string, object>): Promise<StackId> {
    const { source } = this.#read(resources);
    const ctx = this.#context();
    const id = stackIdOf(ctx, name);
    const stack = newStack(ctx, name, source, id, { status: "CREATE_IN_PROGRESS" });
    startOperation(ctx, stack, { type: "CREATE_STACK" });
    ctx.publish();
    return this.#ended(id, "CREATE_COMPLETE");
  }

  /** Brings a stack to other resources, and resolves when that is complete. */
  update(id: StackId, resources: Record<string, object>): Promise<StackId> {
    const { source } = this.#read(resources);
    const ctx = this.#context();
    startUpdate(ctx, getStack(ctx, id), source, { operation: {} });
    ctx.publish();
    return this.#ended(id, "UPDATE_COMPLETE");
  }

  delete(id: StackId): Promise<StackId> {
    const ctx = this.#context();
    startOperation(ctx, { ...getStack(ctx, id), status: "DELETE_IN_PROGRESS" }, { type: "DELETE_STACK" });
    ctx.publish();
    return this.#ended(id, "DELETE_COMPLETE");
  }

  /** Compares a stack with the template that it has. @returns milliseconds */
  plan(id: StackId, text: string): number {
    const ctx = this.#context();
    const stack = getStack(ctx, id);
    const started = performance.now();
    const changes = changesOf(ctx, stack, stack, parseTemplate(text));
    const ms = performance.now() - started;
    if (changes.length > 0) throw new Error(`A stack differs from its own template in ${changes.length} resources.`);
    return ms;
  }

  /** Makes queues by the calls of their service. */
  createQueues(count: number): Promise<unknown> {
    const Attributes = { VisibilityTimeout: "45" };
    return inTurns(count, (index) => this.#call("sqs", "CreateQueue", { QueueName: `bench-${index}`, Attributes }));
  }

  /** Makes functions, each with its role and log group, by the calls of their services. @returns their names */
  async createFunctions(count: number): Promise<string[]> {
    const code = { ZipFile: await zip("index.js", CODE) };
    return inTurns(count, async (index) => {
      const [FunctionName, logGroupName] = [`bench-${index}`, `/bench/${index}`];
      const AssumeRolePolicyDocument = JSON.stringify(TRUST);
      const role = { RoleName: FunctionName, AssumeRolePolicyDocument };
      const { Role } = await this.#call<{ Role: { Arn: string } }>("iam", "CreateRole", role);
      await this.#call("cloudwatch-logs", "CreateLogGroup", { logGroupName });
      await this.#call("lambda", "CreateFunction", {
        FunctionName,
        Role: Role.Arn,
        Runtime: "nodejs20.x",
        Handler: "index.handler",
        Code: code,
        LoggingConfig: { LogGroup: logGroupName },
      });
      return FunctionName;
    });
  }

  changeFunctions(names: readonly string[]): Promise<unknown> {
    const change = (index: number) => ({ FunctionName: names[index], Runtime: "nodejs22.x" });
    return inTurns(names.length, (index) => this.#call("lambda", "UpdateFunctionConfiguration", change(index)));
  }

  /** Stores values one by one, each in a transaction of its own that is waited for. */
  putRows(values: readonly object[]): Promise<unknown> {
    return inTurns(values.length, async (index) => {
      const ctx = this.#context();
      ctx.table(rows).put([index], values[index] as object);
      await ctx.commit();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cloud.close();
  }

  #context(): Context {
    return new Context(this.#cloud, caller, "cloudformation", "bench");
  }

  #call<Output>(service: string, operation: string, input: object): Promise<Output> {
    return this.#cloud.call<Output>(service, operation, input, caller);
  }

  #read(resources: Record<string, object>): { source: StackSource; template: Template } {
    const templateBody = JSON.stringify({ Resources: resources });
    const template = parseTemplate(templateBody);
    if (Object.keys(resources).length <= LIMIT) validateTemplate(template, this.#cloud.memory(spec));
    const source = { templateBody, parameters: [], tags: {}, capabilities: [], notificationArns: [] };
    return { source, template };
  }

  async #ended(id: StackId, status: string): Promise<StackId> {
    for (;;) {
      await this.#cloud.idle();
      const stack = getStack(this.#context(), id);
      if (stack.status === status) return id;
      if (!stack.status.endsWith("_IN_PROGRESS"))
        throw new Error(`A stack came to ${stack.status}: ${stack.statusReason ?? ""}`);
      // A provider waits in the cloud's time.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

/** Does something a number of times, some at once. */
async function inTurns<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  let next = 0;
  const turn = async () => {
    for (let index = next++; index < count; index = next++) done[index] = await work(index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, turn));
  return done;
}
