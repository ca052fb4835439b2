/** Does to a template what `rain pkg` does: its modules and the files that it embeds are put in. */
import { posix } from "node:path";
import { readDocument } from "../../packages/brume/src/cloudformation/template/parse.js";
import { isObject, type JsonObject } from "../../packages/brume/src/cloudformation/template/template.js";
import type { Json } from "../../packages/brume/src/kernel/resource.js";
import type { Sample } from "./corpus.js";
import { mapObjects, resourcesOf } from "./references.js";

/** What stands for an embedded file that nobody has, by the property that it is for. */
const EMBEDDED: Readonly<Record<string, string>> = { ZipFile: "# nothing\n", TemplateBody: "{}" };

/** The template without modules and embedded files; itself where it has neither. */
export function rained(sample: Sample, document: JsonObject): JsonObject {
  const modules = resourcesOf(document).filter(([, { Type }]) => modulePath(Type) !== undefined);
  if (modules.length === 0 && !JSON.stringify(document).includes('"Rain::Embed"')) return document;
  const packed = packedBeside(sample);
  if (packed) return packed;
  let Resources = document.Resources as JsonObject;
  for (const [id, resource] of modules) {
    const text = sample.neighbour(modulePath(resource.Type) ?? "");
    if (text === undefined) return document;
    const { [id]: _, ...others } = Resources;
    Resources = { ...others, ...resourcesOfModule(id, resource, readDocument(text)) };
  }
  return mapObjects({ ...document, Resources }, (object, key) => {
    const path = object["Rain::Embed"];
    if (typeof path !== "string") return object;
    return sample.neighbour(path) ?? EMBEDDED[key] ?? "#!/bin/sh\n";
  }) as JsonObject;
}

/** The path of a module, which stands where a type should. */
function modulePath(type: Json | undefined): string | undefined {
  if (isObject(type) && typeof type["Rain::Module"] === "string") return type["Rain::Module"];
  return typeof type === "string" && /\.ya?ml$/.test(type) ? type : undefined;
}

/** What somebody has packaged already, and put beside the template. */
function packedBeside({ name, neighbour }: Sample): JsonObject | undefined {
  const file = posix.basename(name.replaceAll("__", "/")).replace(/\.(json|ya?ml)$/, "-pkg");
  const text = neighbour(`${file}.json`) ?? neighbour(`${file}.yaml`);
  return text === undefined ? undefined : readDocument(text);
}

/** A module's resources, under the name of the resource that stands for it. */
function resourcesOfModule(id: string, { Properties, Overrides }: JsonObject, module: JsonObject): JsonObject {
  const parameters = isObject(module.Parameters) ? module.Parameters : {};
  const given = isObject(Properties) ? Properties : {};
  const overrides = isObject(Overrides) ? Overrides : {};
  const names = new Set(resourcesOf(module).map(([name]) => name));
  const valueOf = (name: string): Json | undefined => {
    const definition = parameters[name];
    if (definition === undefined) return undefined;
    return given[name] ?? (isObject(definition) ? definition.Default : undefined) ?? "";
  };
  const replaced = (value: Json) =>
    mapObjects(value, (object) => {
      const { Ref, "Fn::GetAtt": attribute, "Fn::Sub": text } = object;
      if (typeof Ref === "string") return valueOf(Ref) ?? (names.has(Ref) ? { Ref: id + Ref } : object);
      const [name] = Array.isArray(attribute) ? attribute : [];
      if (typeof name === "string" && names.has(name))
        return { "Fn::GetAtt": [id + name, ...(attribute as Json[]).slice(1)] };
      return typeof text === "string"
        ? { "Fn::Sub": text.replace(/\$\{(\w+)/g, (all, one) => (names.has(one) ? `\${${id}${one}` : all)) }
        : object;
    });
  return Object.fromEntries(
    resourcesOf(module).map(([name, resource]) => {
      const override = overrides[name];
      const changed = isObject(override) && isObject(override.Properties) ? override.Properties : {};
      const { DependsOn = [], ...rest } = replaced(resource) as JsonObject;
      const own = isObject(rest.Properties) ? rest.Properties : {};
      const needs = [DependsOn].flat().map((need) => id + String(need));
      return [
        id + name,
        { ...rest, Properties: { ...own, ...changed }, ...(needs.length > 0 ? { DependsOn: needs } : {}) },
      ];
    }),
  );
}
