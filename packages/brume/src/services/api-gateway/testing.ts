/** What the tests of API Gateway share: an API made from a table of methods, and a function made from its source. */
import { buffer } from "node:stream/consumers";
import * as sdk from "@aws-sdk/client-api-gateway";
import { ZipFile } from "yazl";
import type { RunningCloud } from "../../index.js";

/** A method of an API under test: its integration, and what AWS would otherwise be told of it in further calls. */
export interface MethodUnderTest {
  integration: Omit<sdk.PutIntegrationCommandInput, "restApiId" | "resourceId" | "httpMethod">;
  method?: Partial<sdk.PutMethodCommandInput>;
  /** The integration responses by status; the method's are made to fit. */
  responses?: Record<string, Partial<sdk.PutIntegrationResponseCommandInput>>;
}

/** An integration that answers with a body by itself. */
export function mockOf(body: string, status = "200"): MethodUnderTest {
  return {
    integration: { type: "MOCK", requestTemplates: { "application/json": `{"statusCode": ${status}}` } },
    responses: { [status]: { responseTemplates: { "application/json": body } } },
  };
}

/** Makes an API; keys are `GET /path`. Intermediate resources are made as they are needed. */
export class ApiUnderTest {
  readonly client: sdk.APIGatewayClient;
  readonly cloud: RunningCloud;
  readonly id: string;
  readonly #resources = new Map<string, string>();

  private constructor(cloud: RunningCloud, client: sdk.APIGatewayClient, id: string, rootResourceId: string) {
    this.cloud = cloud;
    this.client = client;
    this.id = id;
    this.#resources.set("", rootResourceId);
  }

  static async create(cloud: RunningCloud, more: Partial<sdk.CreateRestApiCommandInput> = {}): Promise<ApiUnderTest> {
    const client = cloud.client(sdk.APIGatewayClient);
    const { id, rootResourceId } = await client.send(new sdk.CreateRestApiCommand({ name: "test", ...more }));
    return new ApiUnderTest(cloud, client, id as string, rootResourceId as string);
  }

  async resource(path: string): Promise<string> {
    const known = this.#resources.get(path);
    if (known) return known;
    const slash = path.lastIndexOf("/");
    const parentId = await this.resource(path.slice(0, slash));
    const pathPart = path.slice(slash + 1);
    const made = await this.client.send(new sdk.CreateResourceCommand({ restApiId: this.id, parentId, pathPart }));
    this.#resources.set(path, made.id as string);
    return made.id as string;
  }

  async add(methods: Record<string, MethodUnderTest>): Promise<this> {
    for (const [route, { integration, method, responses = {} }] of Object.entries(methods)) {
      const [httpMethod = "", path = ""] = route.split(" ");
      const at = { restApiId: this.id, resourceId: await this.resource(path.replace(/\/$/, "")), httpMethod };
      await this.client.send(new sdk.PutMethodCommand({ authorizationType: "NONE", ...method, ...at }));
      await this.client.send(new sdk.PutIntegrationCommand({ ...integration, ...at }));
      for (const [statusCode, response] of Object.entries(responses)) {
        const responseParameters = Object.fromEntries(
          Object.keys(response.responseParameters ?? {}).map((name) => [name, true]),
        );
        await this.client.send(new sdk.PutMethodResponseCommand({ ...at, statusCode, responseParameters }));
        await this.client.send(new sdk.PutIntegrationResponseCommand({ ...response, ...at, statusCode }));
      }
    }
    return this;
  }

  async deploy(stageName = "prod", more: Partial<sdk.CreateDeploymentCommandInput> = {}): Promise<string> {
    const { id } = await this.client.send(new sdk.CreateDeploymentCommand({ restApiId: this.id, stageName, ...more }));
    return id as string;
  }

  url(path: string, stage = "prod"): string {
    return `${this.cloud.endpoint}/_aws/execute-api/${this.id}/${stage}${path}`;
  }

  async text(path: string, init?: RequestInit): Promise<[status: number, body: string]> {
    const response = await fetch(this.url(path), init);
    return [response.status, await response.text()];
  }
}

/** A zip archive of one file. */
function zipOf(name: string, content: string): Promise<Buffer> {
  const archive = new ZipFile();
  archive.addBuffer(Buffer.from(content), name);
  archive.end();
  return buffer(archive.outputStream);
}

let count = 0;
/** Makes a Node function from its source, and returns the URI that integrations name it by. */
export async function functionUri(cloud: RunningCloud, source: string): Promise<string> {
  const FunctionName = `api-test-${count++}`;
  const { FunctionArn } = await cloud.call<{ FunctionArn: string }>("lambda", "CreateFunction", {
    FunctionName,
    Runtime: "nodejs20.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::000000000000:role/test",
    Code: { ZipFile: await zipOf("index.js", source) },
  });
  return `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FunctionArn}/invocations`;
}
