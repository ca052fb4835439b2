/** Does to a template what `aws cloudformation package` and `sam package` do: what it refers to on a disk goes to a bucket. */

import { posix } from "node:path";
import { readDocument } from "../../packages/brume/src/cloudformation/template/parse.js";
import { isObject, type JsonObject } from "../../packages/brume/src/cloudformation/template/template.js";
import type { Json } from "../../packages/brume/src/kernel/resource.js";
import type { Account } from "./account.js";
import type { Sample } from "./corpus.js";
import { rained } from "./rain.js";
import { mapObjects, resourcesOf } from "./references.js";
import { stubArchive } from "./stub-code.js";
import { stubTemplate } from "./stub-template.js";

/** What stands at a place, and how its location is written there. */
interface Packaged {
  readonly content: "code" | "template" | "openapi" | "states" | "schema" | "script";
  readonly form: "url" | "s3" | "Bucket" | "S3Bucket" | "image";
}

const CODE: Packaged = { content: "code", form: "s3" };

/** The properties that may name a local file, by type. */
const PLACES: Readonly<Record<string, Readonly<Record<string, Packaged>>>> = {
  "AWS::AppSync::GraphQLSchema": { DefinitionS3Location: { content: "schema", form: "s3" } },
  "AWS::AppSync::Resolver": {
    CodeS3Location: { content: "script", form: "s3" },
    RequestMappingTemplateS3Location: { content: "script", form: "s3" },
    ResponseMappingTemplateS3Location: { content: "script", form: "s3" },
  },
  "AWS::AppSync::FunctionConfiguration": { CodeS3Location: { content: "script", form: "s3" } },
  "AWS::ApiGateway::RestApi": { BodyS3Location: { content: "openapi", form: "Bucket" } },
  "AWS::CloudFormation::Stack": { TemplateURL: { content: "template", form: "url" } },
  "AWS::Lambda::Function": { Code: { content: "code", form: "S3Bucket" } },
  "AWS::Lambda::LayerVersion": { Content: { content: "code", form: "S3Bucket" } },
  "AWS::Serverless::Api": { DefinitionUri: { content: "openapi", form: "s3" } },
  "AWS::Serverless::Application": { Location: { content: "template", form: "url" } },
  "AWS::Serverless::Function": { CodeUri: CODE },
  "AWS::Serverless::GraphQLApi": { SchemaUri: { content: "schema", form: "s3" } },
  "AWS::Serverless::HttpApi": { DefinitionUri: { content: "openapi", form: "s3" } },
  "AWS::Serverless::LayerVersion": { ContentUri: CODE },
  "AWS::Serverless::StateMachine": { DefinitionUri: { content: "states", form: "s3" } },
  "AWS::StepFunctions::StateMachine": { DefinitionS3Location: { content: "states", form: "Bucket" } },
};

const OPERATION = {
  responses: { 200: { description: "All is well." } },
  "x-amazon-apigateway-integration": {
    type: "http_proxy",
    httpMethod: "GET",
    uri: "https://example.com/",
    payloadFormatVersion: "1.0",
  },
};
export const CONTENTS = {
  openapi: JSON.stringify({
    openapi: "3.0.1",
    info: { title: "Sample", version: "1.0" },
    paths: { "/": { get: OPERATION } },
  }),
  states: JSON.stringify({ StartAt: "Done", States: { Done: { Type: "Succeed" } } }),
  schema: "type Query { sample: String }\n",
  script: "export const request = () => ({});\nexport const response = () => ({});\n",
} as const;

/** What is named by a path, and not by where it is in a bucket or on the web. */
const isLocal = (value: Json | undefined): value is string =>
  typeof value === "string" && !/^[a-z][a-z0-9+.-]*:/i.test(value);

/** The template with all its files in the account's bucket; itself when there is nothing to be done. */
export async function packaged(account: Account, sample: Sample, original: JsonObject): Promise<JsonObject> {
  const document = rained(sample, original);
  const packager = new Packager(account, sample, document);
  const { resources, changed } = await packager.resources();
  const whole = changed
    ? { ...document, Resources: { ...(document.Resources as JsonObject), ...resources } }
    : document;
  return packager.includes(packager.globals(whole));
}

class Packager {
  readonly #account: Account;
  readonly #sample: Sample;
  readonly #document: JsonObject;
  #count = 0;
  #code: Promise<Buffer> | undefined;

  constructor(account: Account, sample: Sample, document: JsonObject) {
    this.#account = account;
    this.#sample = sample;
    this.#document = document;
  }

  async resources(): Promise<{ resources: JsonObject; changed: boolean }> {
    const made: JsonObject = {};
    for (const [id, resource] of resourcesOf(this.#document)) {
      const places = PLACES[String(resource.Type)] ?? {};
      const properties = isObject(resource.Properties) ? resource.Properties : {};
      const changes: JsonObject = {};
      for (const [name, place] of Object.entries(places)) {
        const path = properties[name];
        if (isLocal(path)) changes[name] = await this.#put(id, resource, path, place);
      }
      const { ImageUri } = properties;
      if (typeof ImageUri === "string" && !ImageUri.includes("/")) changes.ImageUri = this.#image();
      else if (isUnbuilt(resource.Type, properties, this.#document)) {
        if (isImage(properties, this.#document)) changes.ImageUri = this.#image();
        else changes.CodeUri = await this.#put(id, resource, ".", CODE);
      }
      if (Object.keys(changes).length > 0) made[id] = { ...resource, Properties: { ...properties, ...changes } };
    }
    return { resources: made, changed: Object.keys(made).length > 0 };
  }

  /** `Globals` may name the code of all functions. */
  globals(document: JsonObject): JsonObject {
    const globals = isObject(document.Globals) ? document.Globals : {};
    const common = isObject(globals.Function) ? globals.Function : {};
    if (!isLocal(common.CodeUri)) return document;
    const { CodeUri: _, ...rest } = common;
    return { ...document, Globals: { ...globals, Function: rest } };
  }

  /** `AWS::Include` of a local file. */
  async includes(document: JsonObject): Promise<JsonObject> {
    const found: { url: string; content: string }[] = [];
    let changed = false;
    const whole = mapObjects(document, (object, key) => {
      const transform = object["Fn::Transform"];
      if (!isObject(transform) || transform.Name !== "AWS::Include" || !isObject(transform.Parameters)) return object;
      if (!isLocal(transform.Parameters.Location)) return object;
      changed = true;
      const name = `include-${this.#count++}`;
      const states = /Definition(String)?$/.test(key) && !/Body$/.test(key);
      found.push({ url: name, content: CONTENTS[states ? "states" : "openapi"] });
      const Location = `s3://${this.#account.artifacts}/${name}`;
      return { ...object, "Fn::Transform": { ...transform, Parameters: { ...transform.Parameters, Location } } };
    }) as JsonObject;
    for (const { url, content } of found) await this.#account.putArtifact(url, content);
    return changed ? whole : document;
  }

  async #put(id: string, resource: JsonObject, path: string, { content, form }: Packaged): Promise<Json> {
    const key = `${this.#count++}-${id}`;
    const url = await this.#account.putArtifact(key, await this.#content(id, resource, path, content));
    const bucket = this.#account.artifacts;
    if (form === "url") return url;
    if (form === "Bucket") return { Bucket: bucket, Key: key };
    return form === "S3Bucket" ? { S3Bucket: bucket, S3Key: key } : `s3://${bucket}/${key}`;
  }

  async #content(
    id: string,
    resource: JsonObject,
    path: string,
    content: Packaged["content"],
  ): Promise<string | Buffer> {
    if (content === "code") {
      this.#code ??= stubArchive(this.#document, this.#account.place);
      return this.#code;
    }
    if (content !== "template") return CONTENTS[content];
    const text = this.#sample.neighbour(path);
    if (text === undefined) return JSON.stringify(stubTemplate(this.#account, this.#document, id, resource));
    const nested = { ...this.#sample, text, neighbour: (to: string) => this.#sample.neighbour(joined(path, to)) };
    return JSON.stringify(await packaged(this.#account, nested, readDocument(text)));
  }

  /** Where `sam package` pushes the image of a function. */
  #image(): string {
    const { account, region } = this.#account.place;
    return `${account}.dkr.ecr.${region}.amazonaws.com/sample:latest`;
  }
}

const joined = (path: string, to: string): string => posix.join(posix.dirname(path), to);

const globalsOf = (document: JsonObject): JsonObject => {
  const { Function: common } = isObject(document.Globals) ? document.Globals : {};
  return isObject(common) ? common : {};
};

function isImage(properties: JsonObject, document: JsonObject): boolean {
  return (properties.PackageType ?? globalsOf(document).PackageType) === "Image";
}

/** A function whose code or image `sam build` would have put in. */
function isUnbuilt(type: Json | undefined, properties: JsonObject, document: JsonObject): boolean {
  if (type !== "AWS::Serverless::Function") return false;
  if (properties.InlineCode !== undefined || properties.ImageUri !== undefined) return false;
  return properties.CodeUri === undefined && globalsOf(document).ImageUri === undefined;
}
