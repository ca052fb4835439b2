/** Finds the operation of a REST request: by method, path, literal query and the members that must be there. */
import type { OperationModel } from "./model.js";

interface Segment {
  readonly literal?: string;
  readonly label?: string;
  readonly greedy?: boolean;
}

interface Route {
  readonly operation: OperationModel;
  readonly segments: readonly Segment[];
  readonly literals: readonly [name: string, value: string | undefined][];
  readonly requiredQuery: readonly string[];
  readonly requiredHeaders: readonly string[];
  readonly xId: string | undefined;
  /** The more a route asks for, the earlier it is tried. */
  readonly weight: number;
}

export type RouteTable = ReadonlyMap<string, readonly Route[]>;
export type Query = ReadonlyMap<string, readonly string[]>;
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

export interface RouteMatch {
  readonly operation: OperationModel;
  readonly labels: Readonly<Record<string, string>>;
}

/** Builds the table of a REST service's operations, by HTTP method. */
export function compileRoutes(serviceId: string, operations: readonly OperationModel[]): RouteTable {
  const table = new Map<string, Route[]>();
  for (const operation of operations) {
    if (!operation.http) continue;
    const [method, uri] = operation.http;
    const routes = table.get(method) ?? [];
    table.set(method, routes);
    routes.push(compileRoute(serviceId, operation, uri));
  }
  for (const routes of table.values()) routes.sort((a, b) => b.weight - a.weight);
  return table;
}

function compileRoute(serviceId: string, operation: OperationModel, uri: string): Route {
  const [rawPath = "/", rawQuery = ""] = uri.split("?");
  let path = rawPath;
  const members = operation.input.members;
  // S3's URIs come without "/{Bucket}": in the SDK its endpoint rules add it.
  const hasBucket = members.some(({ name, location }) => name === "Bucket" && location === "label");
  if (serviceId === "s3" && hasBucket && !path.includes("{Bucket}")) path = `/{Bucket}${path === "/" ? "" : path}`;
  const parts = path.split("/").slice(1);
  const segments = parts.filter((part, index) => part !== "" || index < parts.length - 1).map(parseSegment);
  const literals: [string, string | undefined][] = [];
  let xId: string | undefined;
  for (const pair of rawQuery.split("&").filter(Boolean)) {
    const [name = "", value] = pair.split("=");
    if (name === "x-id") xId = value;
    else literals.push([name, value]);
  }
  const required = members.filter((member) => member.required);
  const requiredQuery = required.filter(({ location }) => location === "query").map(({ wireName }) => wireName);
  const requiredHeaders = required.filter(({ location }) => location === "header").map(({ wireName }) => wireName);
  let weight = literals.length * 1000 + requiredQuery.length * 500 + requiredHeaders.length * 200;
  for (const { literal, greedy } of segments) weight += literal !== undefined ? 100 : greedy ? 1 : 10;
  return { operation, segments, literals, requiredQuery, requiredHeaders, xId, weight };
}

function parseSegment(part: string): Segment {
  const label = /^\{([^+}]+)(\+)?\}$/.exec(part);
  return label ? { label: label[1] as string, greedy: label[2] !== undefined } : { literal: part };
}

/**
 * The operation of a request. `path` is as it was sent: normalizing it would change S3 keys that hold `..` or `//`.
 * @throws URIError for a malformed percent escape
 */
export function matchRoute(
  serviceId: string,
  table: RouteTable,
  method: string,
  path: string,
  query: Query,
  headers: Headers,
): RouteMatch | undefined {
  const routes = table.get(method);
  if (!routes) return undefined;
  const parts = path.split("/").slice(1);
  // A trailing slash means nothing, except in an S3 key.
  if (serviceId !== "s3" || parts.length <= 2) while (parts.length > 0 && parts[parts.length - 1] === "") parts.pop();
  const xId = query.get("x-id")?.[0];
  for (const route of routes) {
    if (xId !== undefined && route.xId !== undefined && route.xId !== xId) continue;
    if (!route.literals.every(([name, value]) => hasLiteral(query, name, value))) continue;
    if (!route.requiredQuery.every((name) => query.has(name))) continue;
    if (!route.requiredHeaders.every((name) => headers[name] !== undefined)) continue;
    const labels = matchSegments(route.segments, parts);
    if (labels) return { operation: route.operation, labels };
  }
  return undefined;
}

function hasLiteral(query: Query, name: string, value: string | undefined): boolean {
  const given = query.get(name);
  return given !== undefined && (value === undefined || value === "" || given.includes(value));
}

function matchSegments(segments: readonly Segment[], parts: readonly string[]): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  let at = 0;
  for (const [index, segment] of segments.entries()) {
    if (segment.greedy) {
      const end = parts.length - (segments.length - index - 1);
      if (end <= at) return undefined;
      labels[segment.label as string] = parts.slice(at, end).map(decodeURIComponent).join("/");
      at = end;
      continue;
    }
    const part = parts[at];
    if (part === undefined) return undefined;
    if (segment.literal !== undefined) {
      if (segment.literal !== part) return undefined;
    } else {
      if (part === "") return undefined;
      labels[segment.label as string] = decodeURIComponent(part);
    }
    at++;
  }
  return at === parts.length ? labels : undefined;
}
