/** Code in the place of what a template's functions run: modules that answer whatever they are asked that all went well. */
import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";
import type { Place } from "../../packages/brume/src/assembly/cloud-client.js";
import { isObject, type JsonObject } from "../../packages/brume/src/cloudformation/template/template.js";
import { isCustomType } from "../../packages/brume/src/cloudformation/template/validate.js";
import type { Json } from "../../packages/brume/src/kernel/resource.js";
import { attributesRead, objectsIn, resourcesOf } from "./references.js";
import { sampleValue } from "./sample-values.js";

/** What custom resources answer, by logical id: the attributes that their template reads of them. */
export type StubData = Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;

/** The data that a template's own custom resources have to answer with. */
export function stubData(document: JsonObject, place: Place): StubData {
  const read = attributesRead(document);
  const custom = resourcesOf(document).filter(([, { Type }]) => typeof Type === "string" && isCustomType(Type));
  const lists = listsIn(document);
  return Object.fromEntries(
    custom.map(([id]) => {
      const names = [...(read.get(id) ?? [])];
      const value = (name: string) => sampleValue(name, place);
      const values = names.map((name) => [
        name,
        lists.has(`${id}.${name}`) ? [0, 1, 2].map(() => value(name)) : value(name),
      ]);
      return [id, Object.fromEntries(values)];
    }),
  );
}

/** The attributes of which a document selects an item. */
function listsIn(document: JsonObject): Set<string> {
  const found = new Set<string>();
  for (const { "Fn::Select": selected } of objectsIn(document)) {
    const list = Array.isArray(selected) ? selected[1] : undefined;
    const attribute = isObject(list) ? list["Fn::GetAtt"] : undefined;
    if (attribute !== undefined) found.add([attribute].flat().join("."));
  }
  return found;
}

/** A module that answers macros with their fragment, custom resources with success, and others with nothing. */
export function nodeModule(names: Iterable<string>, data: StubData): string {
  return `const data = ${JSON.stringify(data)};
const answer = async (event) => {
  if (event?.fragment !== undefined) return { requestId: event.requestId, status: "success", fragment: event.fragment };
  if (!event?.ResponseURL) return {};
  const { StackId, RequestId, LogicalResourceId, PhysicalResourceId = "stub-" + LogicalResourceId } = event;
  const body = { Status: "SUCCESS", StackId, RequestId, LogicalResourceId, PhysicalResourceId, Data: data[LogicalResourceId] ?? {} };
  await fetch(event.ResponseURL, { method: "PUT", body: JSON.stringify(body) });
  return {};
};
module.exports = {${[...names].map((name) => `${JSON.stringify(name)}: answer`).join(", ")}};
`;
}

/** The same, for Python. */
function pythonModule(names: Iterable<string>, data: StubData): string {
  return `import json, urllib.request
data = json.loads(${JSON.stringify(JSON.stringify(data))})
def answer(event, context):
    if "fragment" in event:
        return {"requestId": event["requestId"], "status": "success", "fragment": event["fragment"]}
    if not isinstance(event, dict) or "ResponseURL" not in event:
        return {}
    body = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    body["PhysicalResourceId"] = event.get("PhysicalResourceId", "stub-" + event["LogicalResourceId"])
    body["Status"] = "SUCCESS"
    body["Data"] = data.get(event["LogicalResourceId"], {})
    request = urllib.request.Request(event["ResponseURL"], json.dumps(body).encode(), method="PUT")
    urllib.request.urlopen(request)
    return {}
${[...names].map((name) => `${name} = answer\n`).join("")}`;
}

/** Handlers that nobody names, but that the CDK's own functions have. */
const USUAL = [
  "index.handler",
  "__entrypoint__.handler",
  "framework.onEvent",
  "framework.isComplete",
  "framework.onTimeout",
];
const HANDLER = /^([\w./-]+)\.(\w+)$/;

/** An archive with every handler that a template names, for Node.js and for Python. */
export function stubArchive(document: JsonObject, place: Place): Promise<Buffer> {
  const modules = new Map<string, Set<string>>();
  for (const handler of [...USUAL, ...handlersIn(document)]) {
    const [, path, name] = HANDLER.exec(handler) ?? [];
    if (path && name) modules.set(path, (modules.get(path) ?? new Set()).add(name));
  }
  const data = stubData(document, place);
  const zip = new ZipFile();
  const files = new Map<string, string>();
  for (const [path, names] of modules) {
    files.set(`${path}.js`, nodeModule(names, data));
    files.set(`${path.replaceAll(".", "/")}.py`, pythonModule(names, data));
  }
  for (const [name, content] of files) {
    if (!name.startsWith("/") && !name.includes("..")) zip.addBuffer(Buffer.from(content), name);
  }
  // What looks for a bootstrap or for a library has to find a file.
  zip.addBuffer(Buffer.from("#!/bin/sh\nexit 0\n"), "bootstrap", { mode: 0o100755 });
  zip.end();
  return buffer(zip.outputStream);
}

function* handlersIn(value: Json): IterableIterator<string> {
  for (const { Handler } of objectsIn(value)) if (typeof Handler === "string") yield Handler;
}
