/** Steps of deployments that are made to fail, so that a team sees what its rollback does. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { UserError } from "../kernel/errors.js";
import type { Fault } from "../kernel/faults.js";
import { labelOf } from "./construct-paths.js";
import type { StackArtifact } from "./manifest.js";

const STEPS = ["create", "update", "delete", "rollback"];
const MESSAGE = "Failed on demand";
const SHOWN = 12;

interface Resource {
  /** `Stack/LogicalId`; of a nested stack, whose name nobody knows yet, the logical id alone. */
  readonly target: string;
  readonly logicalId: string;
  readonly path: string;
}

interface Template {
  readonly Resources?: Readonly<Record<string, { Type?: string; Metadata?: Readonly<Record<string, unknown>> }>>;
}

function readTemplate(file: string): Template {
  const text = readFileSync(file, "utf8");
  try {
    return JSON.parse(text) as Template;
  } catch {
    return (parse(text, { logLevel: "silent" }) ?? {}) as Template;
  }
}

/** The fault that makes a step fail once: `update LogicalId`, or `update Stack/LogicalId`. */
export function stepFault(operation: string, message = MESSAGE): Fault {
  return { service: "cloudformation", operation, times: 1, error: { code: "InjectedFailure", message } };
}

/** The resources of a template and of the nested ones that lie beside it. */
function resourcesIn(file: string, stackName?: string): Resource[] {
  return Object.entries(readTemplate(file).Resources ?? {}).flatMap(([logicalId, { Metadata = {} }]) => {
    const path = labelOf(String(Metadata["aws:cdk:path"] ?? logicalId));
    const own = { target: stackName === undefined ? logicalId : `${stackName}/${logicalId}`, logicalId, path };
    const asset = Metadata["aws:asset:path"];
    const nested = typeof asset === "string" && asset.endsWith(".json") ? join(dirname(file), asset) : undefined;
    return nested !== undefined && existsSync(nested) ? [own, ...resourcesIn(nested)] : [own];
  });
}

/**
 * The faults that make steps fail.
 * @param given `RESOURCE` or `RESOURCE:STEP` each: a logical id, a construct path or the end of one, in any of the stacks;
 *   `create`, `update`, `delete` or `rollback`, by default the first two
 * @throws UserError for a resource that is not there, is not the only one of the name, or a step that is none
 */
export function failingSteps(stacks: readonly StackArtifact[], given: readonly string[]): Fault[] {
  if (given.length === 0) return [];
  const resources = stacks.flatMap(({ templateFile, stackName }) => resourcesIn(templateFile, stackName));
  return given.flatMap((text) => {
    const [name = "", step] = text.split(":");
    if (step !== undefined && !STEPS.includes(step)) {
      throw new UserError("InvalidStep", `${step} is no step of a deployment.`, {
        hint: `The steps are ${STEPS.join(", ")}.`,
      });
    }
    const targets = named(resources, name);
    return (step === undefined ? ["create", "update"] : [step]).flatMap((one) =>
      targets.map(({ target }) => stepFault(`${one} ${target}`)),
    );
  });
}

/** The resources of a name: those of several stacks may have the same logical id. */
function named(resources: readonly Resource[], name: string): Resource[] {
  const exact = resources.filter(({ logicalId, path }) => logicalId === name || path === name);
  if (exact.length > 0) return exact;
  const close = resources.filter(({ path }) => path.endsWith(`/${name}`));
  if (close.length === 1) return close;
  const message = close.length > 1 ? `${name} is the end of more than one construct path.` : `There is no ${name}.`;
  const paths = (close.length > 1 ? close : resources).map(({ path }) => path);
  const shown = paths.slice(0, SHOWN).join(" ") + (paths.length > SHOWN ? " …" : "");
  throw new UserError("NoSuchResource", `${message} No step of it can be made to fail.`, {
    hint: `Resources: ${shown}`,
  });
}
