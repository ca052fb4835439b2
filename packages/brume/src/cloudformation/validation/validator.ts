/**
 * Validates templates with AWS's own rules and schemas, in a process of its own that stays warm.
 * @see https://github.com/aws-cloudformation/cloudformation-validate
 */
import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { defineMemory } from "../../kernel/cloud.js";
import { UserError } from "../../kernel/errors.js";
import { packageRoot } from "../../package-root.js";
import { readDocument } from "../template/parse.js";
import { constructPath, isObject, type ResourceDefinition } from "../template/template.js";

export type Severity = "FATAL" | "ERROR" | "WARN" | "INFO" | "DEBUG";

/** Something that a rule found in a template. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly logicalId?: string;
  /** The construct path of the resource, where the CDK left one. */
  readonly path?: string;
  /** Such as `Properties.Name`. */
  readonly property?: string;
  /** Where it stands in the template, counted from 1. */
  readonly line?: number;
  /** What to do about it. */
  readonly fix?: string;
}

/** What the process answers. */
interface Diagnostic {
  readonly ruleId: string;
  readonly severity: Severity;
  readonly message: string;
  readonly entity?: { readonly logicalId?: string };
  readonly propertyPath?: string;
  readonly startLine?: number;
  readonly suggestedFix?: string;
}
interface Answer {
  readonly ready?: true;
  readonly id?: number;
  readonly diagnostics?: readonly Diagnostic[];
  readonly error?: string;
}
interface Waiting {
  readonly resolve: (diagnostics: readonly Diagnostic[]) => void;
  readonly reject: (error: Error) => void;
}

/** Its program: beside the sources, or beside the bundle. */
function program(): URL {
  const places = ["src/cloudformation/validation/worker.mjs", "dist/cloudformation/validation/worker.mjs"];
  const found = places.map((place) => new URL(place, packageRoot)).find((place) => existsSync(place));
  if (found) return found;
  throw new Error(`The validator's program is missing from ${packageRoot.pathname}.`);
}

class Validator {
  #process: ChildProcess | undefined;
  #ready = false;
  #count = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** Whether a template would be validated at once. */
  get warm(): boolean {
    return this.#ready;
  }

  /** Begins to load the rules, if that has not been done: in the background, where nobody waits for them. */
  warmUp(priority: number = constants.priority.PRIORITY_LOW): void {
    this.#process ??= this.#start(priority);
  }

  /** What the rules find in a template, the worst first. @throws UserError when it is no template at all */
  async validate(file: string, template: string): Promise<Finding[]> {
    this.warmUp(constants.priority.PRIORITY_NORMAL);
    const id = this.#count++;
    const diagnostics = await new Promise<readonly Diagnostic[]>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#process?.send({ id, file, template });
    });
    return diagnostics.map(findingsIn(template)).sort((a, b) => rank(a) - rank(b));
  }

  #start(priority: number): ChildProcess {
    const child = fork(fileURLToPath(program()), { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
    if (child.pid !== undefined && priority !== constants.priority.PRIORITY_NORMAL) setPriority(child.pid, priority);
    child.unref();
    child.channel?.unref();
    child.on("message", (message) => {
      const { ready, id, diagnostics, error } = message as Answer;
      if (ready) this.#ready = true;
      const waiting = id === undefined ? undefined : this.#waiting.get(id);
      if (id === undefined || !waiting) return;
      this.#waiting.delete(id);
      if (diagnostics) waiting.resolve(diagnostics);
      else waiting.reject(new UserError("TemplateUnreadable", error ?? "The template cannot be read."));
    });
    child.on("error", (error) => this.#stopped(error));
    child.on("exit", () => this.#stopped(new Error("The validator has ended.")));
    return child;
  }

  #stopped(error: Error): void {
    this.#process = undefined;
    this.#ready = false;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process?.kill();
  }
}

/** The validator of a cloud: nothing is loaded until it is asked. */
export const validator = defineMemory("cloudformation/validator", () => new Validator());

const ORDER: readonly Severity[] = ["FATAL", "ERROR", "WARN", "INFO", "DEBUG"];
const rank = ({ severity }: Finding) => ORDER.indexOf(severity);

function findingsIn(template: string): (diagnostic: Diagnostic) => Finding {
  const resources = resourcesOf(template);
  return ({ ruleId, severity, message, entity, propertyPath, startLine, suggestedFix }) => {
    const logicalId = entity?.logicalId;
    const definition = logicalId === undefined ? undefined : resources[logicalId];
    return {
      rule: ruleId,
      severity,
      message,
      logicalId,
      path: definition && constructPath(definition),
      property: propertyPath,
      line: startLine,
      fix: suggestedFix,
    };
  };
}

function resourcesOf(template: string): Readonly<Record<string, ResourceDefinition>> {
  try {
    const { Resources } = readDocument(template);
    return isObject(Resources) ? (Resources as unknown as Record<string, ResourceDefinition>) : {};
  } catch {
    return {};
  }
}
