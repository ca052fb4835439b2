/**
 * Which resources that exist already a change set takes in.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources.html
 */
import type { Context } from "../../kernel/context.js";
import type { Properties } from "../../kernel/resource.js";
import type { ResourceChange } from "../plan.js";
import { requestContext } from "../providers/engine-context.js";
import { providerOf } from "../providers/provider-of.js";
import { primaryIdentifierOf, refOf } from "../schema/identifiers.js";
import { type Stack, type StackSource, stackResources, stacks } from "../stack.js";
import { invalidTemplate } from "../template/errors.js";
import type { Template } from "../template/template.js";
import { templateOf } from "./source.js";
import { changesOf } from "./stacks.js";
import { spec } from "./start.js";

/** The resources to take in, by logical id: their primary identifiers, and their physical ids. */
export interface Imports {
  readonly identifiers: Readonly<Record<string, Properties>>;
  readonly physicalIds: ReadonlyMap<string, string>;
}

interface ToImport {
  readonly ResourceType?: string | undefined;
  readonly LogicalResourceId?: string | undefined;
  readonly ResourceIdentifier?: Record<string, string> | undefined;
}

/** What a change set of type IMPORT takes in. @throws AwsError `ValidationError` for whatever an import must not do */
export async function resourcesToImport(
  ctx: Context,
  stack: Stack,
  source: StackSource,
  template: Template,
  asked: readonly ToImport[] | undefined,
): Promise<Imports> {
  if (!asked?.length) throw invalidTemplate("ResourcesToImport must be specified for a change set of type IMPORT.");
  const changes = changesOf(ctx, stack, source, template);
  const wanted = new Set(asked.map(({ LogicalResourceId }) => LogicalResourceId ?? ""));
  checkScope(stack, template, changes, wanted);
  const identifiers: Record<string, Properties> = {};
  const physicalIds = new Map<string, string>();
  for (const { LogicalResourceId: id = "", ResourceType: type = "", ResourceIdentifier: identifier = {} } of asked) {
    const definition = template.resources[id];
    if (definition?.Type !== type)
      throw invalidTemplate(`Resource type ${type} of ${id} does not match the template's ${definition?.Type}.`);
    const schema = ctx.memory(spec).schema(type);
    const names = schema?.primaryIdentifier ?? [];
    if (!schema || names.length === 0) throw invalidTemplate(`ResourceTypes [${type}] are not supported for Import`);
    if (Object.keys(identifier).sort().join() !== [...names].sort().join())
      throw invalidTemplate(
        `Invalid identifier for ${id}: the resource identifiers of ${type} are [${names.join(", ")}]`,
      );
    refuseOwned(ctx, type, id, primaryIdentifierOf(schema, identifier) ?? "");
    identifiers[id] = identifier;
    physicalIds.set(id, refOf(schema, identifier) ?? Object.values(identifier).join("|"));
  }
  return { identifiers, physicalIds };
}

function checkScope(
  stack: Stack,
  template: Template,
  changes: readonly ResourceChange[],
  wanted: ReadonlySet<string>,
): void {
  const added = changes.filter(({ action }) => action === "Add").map(({ logicalId }) => logicalId);
  const missing = [...wanted].filter((id) => !added.includes(id));
  if (missing.length > 0)
    throw invalidTemplate(
      `Resources [${missing.join(", ")}] in ResourcesToImport are not new resources of the template.`,
    );
  const unnamed = added.filter((id) => !wanted.has(id));
  if (unnamed.length > 0)
    throw invalidTemplate(`Resources [${unnamed.join(", ")}] is missing from ResourceToImport list`);
  const changed = changes.filter(({ action }) => action !== "Add").map(({ logicalId }) => logicalId);
  if (changed.length > 0) {
    throw invalidTemplate(
      `You have modified resources [${changed.join(", ")}] in your template that are not being imported. Update, create or delete operations cannot be executed during import operations.`,
    );
  }
  const loose = [...wanted].filter((id) => template.resources[id]?.DeletionPolicy === undefined);
  if (loose.length > 0) {
    throw invalidTemplate(
      `The following resources to import [${loose.join(", ")}] must have DeletionPolicy attribute specified in the template.`,
    );
  }
  const outputs = stack.templateBody === "" ? undefined : templateOf(stack).outputs;
  if (outputs && JSON.stringify(outputs) !== JSON.stringify(template.outputs))
    throw invalidTemplate("As part of the import operation, you cannot modify or add [Outputs]");
}

function refuseOwned(ctx: Context, type: string, id: string, identifier: string): void {
  const owner = ownerOf(ctx, type, identifier);
  if (owner)
    throw invalidTemplate(`Resource ${id} with identifier ${identifier} is already managed by stack ${owner.id}.`);
}

/** The stack that a resource belongs to. */
function ownerOf(ctx: Context, type: string, identifier: string): Stack | undefined {
  const schema = ctx.memory(spec).schema(type);
  if (!schema) return undefined;
  for (const stack of ctx.table(stacks).rows()) {
    const resources = ctx.table(stackResources).rows({ prefix: [stack.id] });
    if (
      resources.some((one) => one.type === type && one.model && primaryIdentifierOf(schema, one.model) === identifier)
    )
      return stack;
  }
  return undefined;
}

/**
 * What a change set with `ImportExistingResources` takes in: resources that it would make, that have names of their own in the
 * template and stay when they leave it, that exist, and that belong to no stack.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
 */
export async function existingResources(
  ctx: Context,
  stack: Stack,
  source: StackSource,
  template: Template,
): Promise<Imports> {
  const identifiers: Record<string, Properties> = {};
  const physicalIds = new Map<string, string>();
  for (const { action, logicalId, type } of changesOf(ctx, stack, source, template)) {
    const definition = template.resources[logicalId];
    const schema = ctx.memory(spec).schema(type);
    if (action !== "Add" || !schema || !/^Retain/.test(String(definition?.DeletionPolicy))) continue;
    const names = schema.primaryIdentifier.map((name) => [name, definition?.Properties?.[name]] as const);
    if (names.length === 0 || names.some(([, value]) => typeof value !== "string")) continue;
    const identifier = Object.fromEntries(names) as Properties;
    if (ownerOf(ctx, type, primaryIdentifierOf(schema, identifier) ?? "")) continue;
    const { provider } = await providerOf(ctx, ctx.memory(spec), type);
    const model = await provider.read(identifier, requestContext(ctx, type, ctx.requestId));
    if (!model) continue;
    identifiers[logicalId] = identifier;
    physicalIds.set(logicalId, refOf(schema, model) ?? logicalId);
  }
  return { identifiers, physicalIds };
}
