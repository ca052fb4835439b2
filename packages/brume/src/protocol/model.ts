/** A service as the wire sees it: its operations, routes and errors, compiled from its schemas on first use. */
import { readFileSync } from "node:fs";
import { translateTraits } from "@smithy/core/schema";
import { packageRoot } from "../package-root.js";
import { compileRoutes, type RouteTable } from "./routes.js";
import { type Member, type Shape, shapeOf, type Traits } from "./shape.js";

/** What the schemas do not say of a service; read off its SDK client when brume is built. */
export interface ServiceDescriptor {
  readonly id: string;
  readonly serviceId: string;
  readonly apiVersion: string;
  readonly signingName: string;
  /** `awsJson1_0`, `awsJson1_1`, `awsQuery`, `ec2Query`, `restJson1` or `restXml`. */
  readonly protocol: string;
  /** What `x-amz-target` begins with. */
  readonly target: string;
  readonly xmlNamespace?: string;
  readonly queryCompatible: boolean;
  readonly namespace: string;
  readonly operations: readonly string[];
}

/** An operation as the wire sees it. */
export interface OperationModel {
  readonly name: string;
  readonly input: Shape;
  readonly output: Shape;
  readonly http: Traits["http"];
  readonly inputs: Bindings;
  readonly outputs: Bindings;
  /** The member of the output that is a stream of events. */
  readonly events: Member | undefined;
}

/** The members of an input or output by where they stand. */
export interface Bindings {
  readonly payload: Member | undefined;
  readonly body: readonly Member[];
  /** Those in headers, the path, the query or the status. */
  readonly bound: readonly Member[];
  /** Those in headers, by the header's name in lower case. */
  readonly headers: ReadonlyMap<string, Member>;
  /** Those of the others in `bound`. */
  readonly elsewhere: readonly Member[];
}

export interface ErrorModel {
  readonly shape: Shape;
  readonly traits: Traits;
}

export interface ServiceModel {
  readonly descriptor: ServiceDescriptor;
  /** An operation by its name; compiled on first use. */
  operation(name: string): OperationModel | undefined;
  /** An error by its shape's name or its Query code. */
  error(code: string): ErrorModel | undefined;
  readonly routes: RouteTable;
}

const OPERATION = 9;
const ERROR = -3;

const descriptors = JSON.parse(readFileSync(new URL("gen/schemas/index.json", packageRoot), "utf8")) as Record<
  string,
  ServiceDescriptor
>;
const models = new Map<string, Promise<ServiceModel>>();
const loaded = new Map<string, ServiceModel>();

/** What is known of every service before any is loaded, by id. */
export function serviceDescriptors(): Readonly<Record<string, ServiceDescriptor>> {
  return descriptors;
}

/** The model of a service if it has been loaded. */
export function loadedModel(id: string): ServiceModel | undefined {
  return loaded.get(id);
}

/** Loads a service's model; `undefined` when there are no schemas of that name. */
export async function loadModel(id: string): Promise<ServiceModel | undefined> {
  if (!Object.hasOwn(descriptors, id)) return undefined;
  let model = models.get(id);
  if (!model) {
    model = import(new URL(`gen/schemas/${id}.mjs`, packageRoot).href).then((schemas) =>
      buildModel(descriptors[id] as ServiceDescriptor, schemas as Record<string, unknown>),
    );
    models.set(id, model);
  }
  const built = await model;
  loaded.set(id, built);
  return built;
}

function buildModel(descriptor: ServiceDescriptor, schemas: Record<string, unknown>): ServiceModel {
  const operationSchemas = new Map<string, unknown[]>();
  const errors = new Map<string, ErrorModel>();
  for (const schema of Object.values(schemas)) {
    if (!Array.isArray(schema)) continue;
    if (schema[0] === OPERATION) operationSchemas.set(schema[2], schema);
    if (schema[0] === ERROR && !String(schema[1]).startsWith("smithy.ts.sdk")) {
      const shape = shapeOf(schema);
      const error = { shape, traits: shape.traits };
      errors.set(shape.name, error);
      const queryCode = shape.traits.awsQueryError?.[0];
      if (queryCode && !errors.has(queryCode)) errors.set(queryCode, error);
    }
  }
  const operations = new Map<string, OperationModel>();
  const operation = (name: string): OperationModel | undefined => {
    let model = operations.get(name);
    if (model) return model;
    const schema = operationSchemas.get(name);
    if (!schema) return undefined;
    model = buildOperation(schema);
    operations.set(name, model);
    return model;
  };
  let routes: RouteTable | undefined;
  return {
    descriptor,
    operation,
    error: (code) => errors.get(code),
    get routes() {
      routes ??= compileRoutes(
        descriptor.id,
        [...operationSchemas.keys()].map((name) => operation(name) as OperationModel),
      );
      return routes;
    },
  };
}

function buildOperation(schema: unknown[]): OperationModel {
  const input = shapeOf(schema[4]);
  const output = shapeOf(schema[5]);
  const traits = translateTraits((schema[3] ?? 0) as never) as Traits;
  return {
    name: schema[2] as string,
    input,
    output,
    http: traits.http,
    inputs: bindings(input, ["body"]),
    // Labels and query parameters mean nothing in an answer: such members stand in its body.
    outputs: bindings(output, ["body", "label", "query", "queryParams"]),
    events: output.members.find((member) => member.streaming && member.shape.kind === "struct"),
  };
}

function bindings(shape: Shape, inBody: readonly string[]): Bindings {
  const isBody = (member: Member) => inBody.includes(member.location);
  const bound = shape.members.filter((member) => !isBody(member) && member.location !== "payload");
  const isHeader = ({ location }: Member) => location === "header";
  return {
    payload: shape.members.find((member) => member.location === "payload"),
    body: shape.members.filter(isBody),
    bound,
    headers: new Map(bound.filter(isHeader).map((member) => [member.wireName, member])),
    elsewhere: bound.filter((member) => !isHeader(member)),
  };
}
