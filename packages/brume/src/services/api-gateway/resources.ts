/** Resources: the tree of an API's paths. */

import type { Context } from "../../kernel/context.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { patched } from "./patch.js";
import { badRequest, conflict, getApi, getResource, page, type Resource, resources } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

const GREEDY = /^\{[a-zA-Z0-9._-]+\+\}$/;
const VARIABLE = /^\{[a-zA-Z0-9._-]+\+?\}$/;

/** The resources of an API. */
export function resourcesOf(ctx: Context, api: string): Resource[] {
  return ctx.table(resources).rows({ prefix: [api] });
}

function checkPathPart(ctx: Context, api: string, parent: Resource, pathPart: string, self?: string): void {
  if (!/^[a-zA-Z0-9._:$@!~*'(),;=&+%-]+$/.test(pathPart) && !VARIABLE.test(pathPart)) {
    throw badRequest(
      "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.",
    );
  }
  if (GREEDY.test(parent.pathPart ?? "")) {
    throw badRequest(`Cannot create a child of a resource with a greedy path variable: ${parent.pathPart}`);
  }
  const siblings = resourcesOf(ctx, api).filter(({ parentId, id }) => parentId === parent.id && id !== self);
  if (siblings.some((sibling) => sibling.pathPart === pathPart)) {
    throw conflict(`Another resource with the same parent already has this name: ${pathPart}`);
  }
  if (!VARIABLE.test(pathPart) || GREEDY.test(pathPart)) return;
  const variable = siblings.find((one) => VARIABLE.test(one.pathPart ?? "") && !GREEDY.test(one.pathPart ?? ""));
  if (variable) {
    throw badRequest(
      `A sibling (${variable.pathPart}) of this resource already has a variable path part -- only one unique variable path part is allowed`,
    );
  }
}

const join = (parent: Resource, pathPart: string) =>
  parent.path === "/" ? `/${pathPart}` : `${parent.path}/${pathPart}`;

export const createResource: Handler<Sdk, "CreateResource"> = (input, ctx) => {
  const parent = getResource(ctx, input.restApiId, input.parentId);
  const pathPart = input.pathPart ?? "";
  checkPathPart(ctx, input.restApiId as string, parent, pathPart);
  const id = randomLower(6);
  const row: Resource = { id, parentId: parent.id, pathPart, path: join(parent, pathPart), resourceMethods: {} };
  ctx.table(resources).put([input.restApiId as string, id], row);
  return shown(row, false);
};

/** A resource as it is answered: its methods in full only when asked for. */
function shown(
  resource: Resource,
  full: boolean,
): Omit<Resource, "resourceMethods"> & { resourceMethods?: Resource["resourceMethods"] } {
  const { resourceMethods, ...rest } = resource;
  const names = Object.keys(resourceMethods);
  if (names.length === 0) return rest;
  return {
    ...rest,
    resourceMethods: full
      ? resourceMethods
      : (Object.fromEntries(names.map((name) => [name, {}])) as Resource["resourceMethods"]),
  };
}

const embeds = (embed: string[] | undefined) => embed?.includes("methods") === true;

export const getResourceHandler: Handler<Sdk, "GetResource"> = (input, ctx) =>
  shown(getResource(ctx, input.restApiId, input.resourceId), embeds(input.embed));

export const getResources: Handler<Sdk, "GetResources"> = (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  const { items, ...rest } = page(resourcesOf(ctx, api.id), input);
  return { items: items.map((one) => shown(one, embeds(input.embed))), ...rest };
};

export const updateResource: Handler<Sdk, "UpdateResource"> = (input, ctx) => {
  const api = input.restApiId as string;
  const resource = getResource(ctx, api, input.resourceId);
  if (resource.parentId === undefined) throw badRequest("Root resource cannot be updated.");
  const after = patched(resource, input.patchOperations, { "/pathPart": "text", "/parentId": "text" });
  const parent = getResource(ctx, api, after.parentId);
  if (isWithin(ctx, api, parent, resource.id)) throw badRequest("Resource cannot be its own descendant.");
  checkPathPart(ctx, api, parent, after.pathPart ?? "", resource.id);
  const moved = { ...after, path: join(parent, after.pathPart ?? "") };
  ctx.table(resources).put([api, resource.id], moved);
  moveChildren(ctx, api, moved);
  return shown(moved, false);
};

function isWithin(ctx: Context, api: string, resource: Resource, ancestor: string): boolean {
  if (resource.id === ancestor) return true;
  return resource.parentId !== undefined && isWithin(ctx, api, getResource(ctx, api, resource.parentId), ancestor);
}

function moveChildren(ctx: Context, api: string, parent: Resource): void {
  for (const child of resourcesOf(ctx, api).filter(({ parentId }) => parentId === parent.id)) {
    const moved = { ...child, path: join(parent, child.pathPart as string) };
    ctx.table(resources).put([api, child.id], moved);
    moveChildren(ctx, api, moved);
  }
}

export const deleteResource: Handler<Sdk, "DeleteResource"> = (input, ctx) => {
  const api = input.restApiId as string;
  const resource = getResource(ctx, api, input.resourceId);
  if (resource.parentId === undefined) throw badRequest("Root resource cannot be deleted.");
  removeTree(ctx, api, resource.id);
  return {};
};

function removeTree(ctx: Context, api: string, id: string): void {
  for (const child of resourcesOf(ctx, api)) if (child.parentId === id) removeTree(ctx, api, child.id);
  ctx.table(resources).delete(api, id);
}
