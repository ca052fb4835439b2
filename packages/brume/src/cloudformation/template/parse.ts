/** From a template's text, JSON or YAML, to a `Template`. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type ScalarTag,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Json } from "../../kernel/resource.js";
import { invalidTemplate, shown } from "./errors.js";
import {
  isObject,
  type JsonObject,
  type OutputDefinition,
  type ParameterDefinition,
  type ResourceDefinition,
  type Template,
} from "./template.js";

/** The limit of a template that comes by URL. See "CloudFormation quotas". */
export const MAX_TEMPLATE_BYTES = 1_048_576;
const MAX_DEPTH = 100;

const SECTIONS = new Set([
  "AWSTemplateFormatVersion",
  "Description",
  "Metadata",
  "Parameters",
  "Mappings",
  "Conditions",
  "Rules",
  "Resources",
  "Outputs",
  "Transform",
  "Hooks",
]);

const RESOURCE_MEMBERS = new Set([
  "Type",
  "Properties",
  "DependsOn",
  "Condition",
  "DeletionPolicy",
  "UpdateReplacePolicy",
  "Metadata",
  "CreationPolicy",
  "UpdatePolicy",
  "Version",
  "Description",
  "Connectors",
  "IgnoreGlobals",
  "Fn::Transform",
]);

/** Functions that have a short form in YAML, such as `!Sub`. */
const SHORT_FORMS = [
  "And",
  "Base64",
  "Cidr",
  "Contains",
  "EachMemberEquals",
  "EachMemberIn",
  "Equals",
  "FindInMap",
  "ForEach",
  "GetAZs",
  "GetAtt",
  "If",
  "ImportValue",
  "Join",
  "Length",
  "Not",
  "Or",
  "RefAll",
  "Select",
  "Split",
  "Sub",
  "ToJsonString",
  "Transform",
  "ValueOf",
  "ValueOfAll",
];

/** Parses a template. @throws AwsError `ValidationError` with AWS's message, and the line where there is one */
export function parseTemplate(text: string): Template {
  return toTemplate(text, readDocument(text));
}

/** Parses a template's text into plain data, its short forms spelt out. @throws AwsError `ValidationError` */
export function readDocument(text: string): JsonObject {
  if (text.trim() === "") throw invalidTemplate("Template format error: template body is empty.");
  if (Buffer.byteLength(text) > MAX_TEMPLATE_BYTES) {
    throw invalidTemplate(`Template may not exceed ${MAX_TEMPLATE_BYTES} bytes in size.`);
  }
  const document = isJson(text) ? parseJson(text) : parseYaml(text);
  checkDepth(document, 0);
  if (!isObject(document)) throw invalidTemplate("Template format error: unsupported structure.");
  return document;
}

function isJson(text: string): boolean {
  return text.trimStart().startsWith("{");
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    // YAML's flow style begins with a brace as well.
    try {
      return parseYaml(text);
    } catch {
      throw invalidTemplate(`Template format error: JSON not well-formed.${jsonPosition(text, error as Error)}`);
    }
  }
}

function jsonPosition(text: string, error: Error): string {
  const position = /position (\d+)/.exec(error.message)?.[1];
  const before = text.slice(0, position === undefined ? text.length : Number(position));
  const line = before.split("\n").length;
  return ` (line ${line}, column ${before.length - before.lastIndexOf("\n")})`;
}

function parseYaml(text: string): Json {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    customTags: shortForms(),
    uniqueKeys: false,
    // Whatever version a document declares: dates are texts, and nothing is merged.
    schema: "core",
    merge: false,
    prettyErrors: false,
    logLevel: "error",
  });
  const [problem] = document.errors;
  if (problem) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw invalidTemplate(
      `Template format error: YAML not well-formed. (line ${line}, column ${col}): ${problem.message}`,
    );
  }
  try {
    return document.toJS({ maxAliasCount: 100 }) as Json;
  } catch (error) {
    throw invalidTemplate(`Template format error: YAML not well-formed. ${(error as Error).message}`);
  }
}

function shortForms(): ScalarTag[] {
  const tags: unknown[] = [];
  for (const name of [...SHORT_FORMS, "Ref", "Condition"]) {
    const key = name === "Ref" || name === "Condition" ? name : `Fn::${name}`;
    const wrap = (value: Json): JsonObject => ({
      [key]: name === "GetAtt" && typeof value === "string" ? splitAttribute(value) : value,
    });
    tags.push(
      { tag: `!${name}`, resolve: (text: string) => wrap(text) },
      { tag: `!${name}`, collection: "seq", resolve: (node: YAMLSeq) => lazy(node, wrap) },
      { tag: `!${name}`, collection: "map", resolve: (node: YAMLMap) => lazy(node, wrap) },
    );
  }
  return tags as ScalarTag[];
}

/** Collections under a tag are turned into data when the whole document is, so that tags within them are seen. */
function lazy(node: YAMLSeq | YAMLMap, wrap: (value: Json) => JsonObject): unknown {
  const plain = node.toJSON.bind(node);
  node.toJSON = ((key: unknown, context: never) => wrap(plain(key as never, context) as Json)) as typeof node.toJSON;
  return node;
}

function splitAttribute(text: string): Json {
  const dot = text.indexOf(".");
  return dot < 0 ? text : [text.slice(0, dot), text.slice(dot + 1)];
}

function checkDepth(value: Json, depth: number): void {
  if (depth > MAX_DEPTH) throw invalidTemplate("Template format error: the template is nested too deeply.");
  if (typeof value !== "object" || value === null) return;
  for (const item of Object.values(value)) checkDepth(item as Json, depth + 1);
}

/** Gives a document the form of a template. @throws AwsError `ValidationError` for sections that are none */
export function toTemplate(text: string, document: JsonObject): Template {
  const unknown = Object.keys(document).filter((name) => !SECTIONS.has(name));
  // Transforms may have sections of their own, such as the Globals of AWS::Serverless.
  if (unknown.length > 0 && document.Transform === undefined)
    throw invalidTemplate(`Invalid template property or properties [${unknown.join(", ")}]`);
  const version = document.AWSTemplateFormatVersion;
  if (version !== undefined && version !== "2010-09-09") {
    throw invalidTemplate(
      `Template format error: ${shown(version)} is not a supported value for AWSTemplateFormatVersion.`,
    );
  }
  const { Description: description } = document;
  if (description !== undefined && typeof description !== "string") {
    throw invalidTemplate("Template format error: Description must be a string.");
  }
  if (typeof description === "string" && Buffer.byteLength(description) > 1024) {
    throw invalidTemplate("Template format error: Description must not exceed 1024 bytes.");
  }
  const resources = section(document, "Resources");
  const transforms =
    document.Transform === undefined
      ? []
      : [document.Transform].flat().map((one) => (isObject(one) ? String(one.Name) : String(one)));
  for (const [id, resource] of Object.entries(resources)) if (!id.startsWith("Fn::")) checkResource(id, resource);
  const outputs = section(document, "Outputs");
  for (const [id, output] of Object.entries(outputs)) if (!id.startsWith("Fn::")) checkOutput(id, output as JsonObject);
  if (Object.keys(resources).length === 0)
    throw invalidTemplate("Template format error: At least one Resources member must be defined.");
  return {
    text,
    description,
    parameters: section(document, "Parameters") as unknown as Record<string, ParameterDefinition>,
    mappings: section(document, "Mappings") as unknown as Record<string, Record<string, JsonObject>>,
    conditions: section(document, "Conditions"),
    resources: resources as unknown as Record<string, ResourceDefinition>,
    outputs: outputs as unknown as Record<string, OutputDefinition>,
    rules: section(document, "Rules"),
    metadata: section(document, "Metadata"),
    transforms,
  };
}

/**
 * A template's section. Its members have names of others' choosing: `constructor` is there only if somebody wrote it.
 * @throws AwsError `ValidationError` for one that is none
 */
export function section(document: JsonObject, name: string): JsonObject {
  const value = document[name];
  if (value === undefined || value === null) return Object.create(null) as JsonObject;
  if (!isObject(value)) throw invalidTemplate(`Template format error: ${name} must be a JSON object.`);
  if (name === "Metadata" || name === "Rules") return value;
  for (const [id, item] of Object.entries(value)) {
    if (item === null) throw invalidTemplate(`[/${name}/${id}] 'null' values are not allowed in templates`);
    if (name !== "Conditions" && !isObject(item) && !id.startsWith("Fn::")) {
      throw invalidTemplate(`Template format error: Any ${name} member must be an object.`);
    }
  }
  return Object.assign(Object.create(null), value) as JsonObject;
}

function checkOutput(id: string, { Condition, Description, Export, Value }: JsonObject): void {
  const refuse = (name: string, what: string) =>
    invalidTemplate(`Template format error: [/Outputs/${id}/${name}] must be ${what}.`);
  if (Condition !== undefined && typeof Condition !== "string") throw refuse("Condition", "a string");
  if (Description !== undefined && typeof Description !== "string") throw refuse("Description", "a string");
  if (Export !== undefined && !(isObject(Export) && Export.Name !== undefined))
    throw refuse("Export", "an object with a Name");
  checkNulls(Value, `/Outputs/${id}/Value`);
}

function checkResource(id: string, resource: Json | undefined): void {
  if (!/^[A-Za-z0-9]{1,255}$/.test(id))
    throw invalidTemplate(`Template format error: Resource name ${id} is non alphanumeric.`);
  const definition = resource as JsonObject;
  const { Type, Properties, DependsOn, Condition } = definition;
  if (Type === undefined)
    throw invalidTemplate("Template format error: Every Resources object must contain a Type member.");
  if (typeof Type !== "string")
    throw invalidTemplate(`Template format error: [/Resources/${id}/Type] must be a string.`);
  const unknown = Object.keys(definition).find((name) => !RESOURCE_MEMBERS.has(name));
  if (unknown !== undefined) throw invalidTemplate(`Invalid template resource property '${unknown}'`);
  if (Properties !== undefined && Properties !== null && !isObject(Properties)) {
    throw invalidTemplate(`Template format error: [/Resources/${id}/Properties] must be an object.`);
  }
  if (
    DependsOn !== undefined &&
    !(typeof DependsOn === "string" || (Array.isArray(DependsOn) && DependsOn.every((one) => typeof one === "string")))
  ) {
    throw invalidTemplate("Template format error: DependsOn must be a string or list of strings.");
  }
  for (const name of ["DeletionPolicy", "UpdateReplacePolicy"]) {
    if (definition[name] !== undefined && typeof definition[name] !== "string")
      throw invalidTemplate(`Template format error: Every ${name} member must be a string.`);
  }
  if (Condition !== undefined && typeof Condition !== "string")
    throw invalidTemplate(`Template format error: [/Resources/${id}/Condition] must be a string.`);
  checkNulls(Properties, `/Resources/${id}/Properties`);
}

function checkNulls(value: Json | undefined, path: string): void {
  // `Fn::GetAZs` of nothing means the stack's own region, as it does of "".
  if (value === null && path.endsWith("/Fn::GetAZs")) return;
  if (value === null) throw invalidTemplate(`[${path}] 'null' values are not allowed in templates`);
  if (typeof value !== "object") return;
  for (const [key, item] of Object.entries(value)) checkNulls(item as Json, `${path}/${key}`);
}

/** The line (from 1) at which a part of a template stands, by the names that lead to it; the nearest part if it is not there. */
export function lineOf(text: string, path: readonly string[]): number | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, customTags: [], prettyErrors: false, logLevel: "silent" });
  let node = document.contents as Node | null;
  let offset = node?.range?.[0];
  for (const name of path) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String((key as Scalar).value) === name);
      if (!pair) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value as Node | null;
    } else if (isSeq(node)) {
      node = (node.items[Number(name)] as Node | undefined) ?? null;
      offset = node?.range?.[0] ?? offset;
    } else break;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}
