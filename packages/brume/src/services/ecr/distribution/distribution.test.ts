import { createHash, randomBytes } from "node:crypto";
import { ApiGatewayV2Client, GetApisCommand } from "@aws-sdk/client-apigatewayv2";
import * as sdk from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import { digestOf, Repositories } from "../testing.js";
import { RegistryClient } from "./testing.js";

const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
let cloud: RunningCloud;
let ecr: sdk.ECRClient;
let repositories: Repositories;
let registry: RegistryClient;
beforeAll(async () => {
  cloud = await startCloud();
  repositories = new Repositories(cloud);
  ecr = repositories.client;
  registry = new RegistryClient(cloud);
  await registry.login();
});
afterAll(() => cloud.close());

const encoded = (digest: string) => encodeURIComponent(digest);
const errorOf = (body: string) => JSON.parse(body).errors[0];

/** What docker sends for each blob: a look, a start, the content, the end, another look. */
async function dockerPushBlob(name: string, content: string | Buffer): Promise<string> {
  const digest = digestOf(content);
  expect((await registry.send("HEAD", `/v2/${name}/blobs/${digest}`)).status).toBe(404);
  const begun = await registry.send("POST", `/v2/${name}/blobs/uploads/`);
  expect(begun).toMatchObject({ status: 202, headers: { range: "0-0", "docker-upload-uuid": expect.any(String) } });
  const sent = await registry.send("PATCH", begun.headers.location ?? "", content, { "transfer-encoding": "chunked" });
  expect(sent).toMatchObject({ status: 202, headers: { range: `0-${content.length - 1}` } });
  const ended = await registry.send("PUT", `${sent.headers.location}?digest=${encoded(digest)}`);
  expect(ended).toMatchObject({ status: 201, headers: { "docker-content-digest": digest } });
  const found = await registry.send("HEAD", `/v2/${name}/blobs/${digest}`);
  expect(found).toMatchObject({ status: 200, headers: { "content-length": String(content.length) } });
  return digest;
}

function dockerManifest(config: string, layer: Buffer): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: DOCKER_MANIFEST,
    config: {
      mediaType: "application/vnd.docker.container.image.v1+json",
      size: config.length,
      digest: digestOf(config),
    },
    layers: [
      {
        mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip",
        size: layer.length,
        digest: digestOf(layer),
      },
    ],
  });
}

describe("docker login", () => {
  it("is asked for a password, and let in with that of GetAuthorizationToken", async () => {
    const refused = await registry.sendPlain("GET", "/v2/", "", {});
    expect(refused).toMatchObject({
      status: 401,
      headers: { "www-authenticate": expect.stringMatching(/^Basic realm="http:.*",service="ecr.amazonaws.com"$/) },
    });
    expect(errorOf(refused.body).code).toBe("UNAUTHORIZED");
    const accepted = await registry.send("GET", "/v2/");
    expect(accepted).toMatchObject({
      status: 200,
      headers: { "docker-distribution-api-version": "registry/2.0" },
    });
    const wrong = `Basic ${Buffer.from("AWS:guess").toString("base64")}`;
    expect((await registry.sendPlain("GET", "/v2/", "", { authorization: wrong })).status).toBe(401);
  });

  it("has to be repeated after twelve hours", async () => {
    const own = await startCloud();
    const late = new RegistryClient(own);
    await late.login();
    await own.clock.advance({ hours: 13 });
    const { status, body } = await late.send("GET", "/v2/");
    expect(status).toBe(403);
    expect(errorOf(body)).toMatchObject({ code: "DENIED", message: expect.stringContaining("has expired") });
    await own.close();
  });
});

describe("docker push and pull", () => {
  const layer = randomBytes(300_000);
  const config = JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } });
  let name: string;

  it("push the blobs, then the manifest, which ECR describes", async () => {
    name = await repositories.create();
    await dockerPushBlob(name, layer);
    await dockerPushBlob(name, config);
    const manifest = dockerManifest(config, layer);
    const put = await registry.send("PUT", `/v2/${name}/manifests/latest`, manifest, {
      "content-type": DOCKER_MANIFEST,
    });
    expect(put).toMatchObject({ status: 201, headers: { "docker-content-digest": digestOf(manifest) } });
    const { imageDetails } = await ecr.send(new sdk.DescribeImagesCommand({ repositoryName: name }));
    expect(imageDetails).toMatchObject([
      {
        imageTags: ["latest"],
        imageDigest: digestOf(manifest),
        imageSizeInBytes: layer.length + config.length,
        imageManifestMediaType: DOCKER_MANIFEST,
        artifactMediaType: "application/vnd.docker.container.image.v1+json",
      },
    ]);
  });

  it("pull the manifest by tag, then what it names", async () => {
    const accept = `${DOCKER_MANIFEST}, application/vnd.oci.image.index.v1+json`;
    const head = await registry.send("HEAD", `/v2/${name}/manifests/latest`, "", { accept });
    expect(head).toMatchObject({ status: 200, body: "", headers: { "content-type": DOCKER_MANIFEST } });
    const digest = head.headers["docker-content-digest"];
    const { body, headers } = await registry.send("GET", `/v2/${name}/manifests/${digest}`, "", { accept });
    expect(headers["content-length"]).toBe(String(body.length));
    const [first] = JSON.parse(body).layers;
    const got = await fetch(`${cloud.endpoint}/v2/${name}/blobs/${first.digest}`, {
      headers: { authorization: await basic() },
    });
    const content = Buffer.from(await got.arrayBuffer());
    expect(`sha256:${createHash("sha256").update(content).digest("hex")}`).toBe(digestOf(layer));
  });

  it("go on with a download that broke off", async () => {
    const path = `/v2/${name}/blobs/${digestOf(config)}`;
    const rest = await registry.send("GET", path, "", { range: "bytes=10-" });
    expect(rest).toMatchObject({ status: 206, body: config.slice(10) });
    expect(rest.headers["content-range"]).toBe(`bytes 10-${config.length - 1}/${config.length}`);
    expect((await registry.send("GET", path, "", { range: "bytes=0-4" })).body).toBe(config.slice(0, 5));
    expect((await registry.send("GET", path, "", { range: "bytes=-5" })).body).toBe(config.slice(-5));
    expect((await registry.send("GET", path, "", { range: `bytes=${config.length}-` })).status).toBe(416);
  });

  it("are told what is not there", async () => {
    const none = "/v2/not/there";
    expect(errorOf((await registry.send("POST", `${none}/blobs/uploads/`)).body)).toEqual({
      code: "NAME_UNKNOWN",
      message: "The repository with name 'not/there' does not exist in the registry with id '000000000000'",
    });
    const manifest = await registry.send("GET", `/v2/${name}/manifests/none`);
    expect(manifest.status).toBe(404);
    expect(errorOf(manifest.body).code).toBe("MANIFEST_UNKNOWN");
    expect(errorOf((await registry.send("GET", `/v2/${name}/blobs/${digestOf("x")}`)).body).code).toBe("BLOB_UNKNOWN");
    const layerless = dockerManifest(config, Buffer.from("not there"));
    const put = await registry.send("PUT", `/v2/${name}/manifests/x`, layerless, { "content-type": DOCKER_MANIFEST });
    expect(errorOf(put.body).code).toBe("MANIFEST_BLOB_UNKNOWN");
    expect(errorOf((await registry.send("PUT", `/v2/${name}/manifests/x`, "{")).body).code).toBe("MANIFEST_INVALID");
  });

  it("leave the tags of an immutable repository where they are, and may repeat a push", async () => {
    const locked = await repositories.create({ imageTagMutability: "IMMUTABLE" });
    const push = (text: string) =>
      registry.send("PUT", `/v2/${locked}/manifests/v1`, text, { "content-type": DOCKER_MANIFEST });
    const bare = (mark: string) => JSON.stringify({ schemaVersion: 2, annotations: { mark } });
    expect((await push(bare("a"))).status).toBe(201);
    expect((await push(bare("a"))).status).toBe(201);
    const refused = await push(bare("b"));
    expect(refused.status).toBe(400);
    expect(errorOf(refused.body).code).toBe("TAG_INVALID");
  });

  async function basic(): Promise<string> {
    const { authorizationData } = await ecr.send(new sdk.GetAuthorizationTokenCommand({}));
    return `Basic ${authorizationData?.[0]?.authorizationToken}`;
  }
});

describe("crane and skopeo", () => {
  it("send a blob in one request, or in numbered chunks", async () => {
    const name = await repositories.create();
    const whole = await registry.send("POST", `/v2/${name}/blobs/uploads/?digest=${encoded(digestOf("one"))}`, "one");
    expect(whole).toMatchObject({ status: 201, headers: { location: `/v2/${name}/blobs/${digestOf("one")}` } });
    const begun = await registry.send("POST", `/v2/${name}/blobs/uploads/`);
    const put = await registry.send("PUT", `${begun.headers.location}?digest=${encoded(digestOf("two"))}`, "two");
    expect(put.status).toBe(201);
    const { headers } = await registry.send("POST", `/v2/${name}/blobs/uploads/`);
    const location = headers.location ?? "";
    const chunk = (text: string, range: string) =>
      registry.send("PATCH", location, text, { "content-range": range, "content-type": "application/octet-stream" });
    expect((await chunk("thr", "0-2")).headers.range).toBe("0-2");
    expect((await chunk("!!", "7-8")).status).toBe(416);
    expect(await registry.send("GET", location)).toMatchObject({ status: 204, headers: { range: "0-2" } });
    expect((await chunk("ee", "3-4")).headers.range).toBe("0-4");
    const wrong = await registry.send("PUT", `${location}?digest=${encoded(digestOf("four"))}`);
    expect(errorOf(wrong.body).code).toBe("DIGEST_INVALID");
    expect((await registry.send("PUT", `${location}?digest=${encoded(digestOf("three"))}`)).status).toBe(201);
    expect((await registry.send("GET", `/v2/${name}/blobs/${digestOf("three")}`)).body).toBe("three");
  });

  it("give an upload up", async () => {
    const name = await repositories.create();
    const { headers } = await registry.send("POST", `/v2/${name}/blobs/uploads/`);
    expect((await registry.send("DELETE", headers.location ?? "")).status).toBe(204);
    expect((await registry.send("GET", headers.location ?? "")).status).toBe(404);
  });

  it("mount a layer of another repository, where the registry allows it", async () => {
    const [from, name] = [await repositories.create(), await repositories.create()];
    await repositories.upload(from, "shared");
    const digest = digestOf("shared");
    const mount = () =>
      registry.send("POST", `/v2/${name}/blobs/uploads/?mount=${encoded(digest)}&from=${encodeURIComponent(from)}`);
    expect((await mount()).status).toBe(202);
    await ecr.send(new sdk.PutAccountSettingCommand({ name: "BLOB_MOUNTING", value: "ENABLED" }));
    expect(await mount()).toMatchObject({ status: 201, headers: { "docker-content-digest": digest } });
    expect((await registry.send("GET", `/v2/${name}/blobs/${digest}`)).body).toBe("shared");
  });

  it("list tags and repositories page by page", async () => {
    const name = await repositories.create();
    for (const tag of ["c", "a", "b"]) await repositories.push(name, "image", tag);
    expect(JSON.parse((await registry.send("GET", `/v2/${name}/tags/list`)).body)).toEqual({
      name,
      tags: ["a", "b", "c"],
    });
    const first = await registry.send("GET", `/v2/${name}/tags/list?n=2`);
    expect(JSON.parse(first.body).tags).toEqual(["a", "b"]);
    const [, next = ""] = /^<(.*)>; rel="next"$/.exec(first.headers.link ?? "") ?? [];
    const last = await registry.send("GET", next);
    expect(JSON.parse(last.body).tags).toEqual(["c"]);
    expect(last.headers.link).toBeUndefined();
    expect(JSON.parse((await registry.send("GET", "/v2/_catalog")).body).repositories).toContain(name);
  });

  it("find what refers to an image", async () => {
    const name = await repositories.create();
    const { image } = await repositories.push(name, "image", "v1");
    const subject = { digest: image?.imageId?.imageDigest, size: image?.imageManifest?.length };
    const artifact = JSON.stringify({ schemaVersion: 2, artifactType: "application/x", subject });
    const put = await registry.send("PUT", `/v2/${name}/manifests/${digestOf(artifact)}`, artifact, {
      "content-type": "application/vnd.oci.image.manifest.v1+json",
    });
    expect(put).toMatchObject({ status: 201, headers: { "oci-subject": subject.digest } });
    const { body, headers } = await registry.send(
      "GET",
      `/v2/${name}/referrers/${subject.digest}?artifactType=application/x`,
    );
    expect(headers).toMatchObject({
      "content-type": "application/vnd.oci.image.index.v1+json",
      "oci-filters-applied": "artifactType",
    });
    expect(JSON.parse(body).manifests).toMatchObject([{ digest: digestOf(artifact), artifactType: "application/x" }]);
  });

  it("delete by tag and by digest", async () => {
    const name = await repositories.create();
    await repositories.push(name, "image", "a");
    const { image } = await repositories.push(name, "image", "b");
    expect((await registry.send("DELETE", `/v2/${name}/manifests/a`)).status).toBe(202);
    expect(await repositories.list(name)).toEqual(["b"]);
    expect((await registry.send("DELETE", `/v2/${name}/manifests/${image?.imageId?.imageDigest}`)).status).toBe(202);
    expect((await registry.send("DELETE", `/v2/${name}/manifests/b`)).status).toBe(404);
  });
});

describe("hosts of registries", () => {
  it("name the account and region", async () => {
    const other = cloud.client(sdk.ECRClient, {
      region: "eu-west-1",
      credentials: { accessKeyId: "111111111111", secretAccessKey: "x" },
    });
    await other.send(new sdk.CreateRepositoryCommand({ repositoryName: "elsewhere" }));
    const catalog = async (client: RegistryClient, headers: Record<string, string> = {}) =>
      JSON.parse((await client.send("GET", "/v2/_catalog", "", headers)).body).repositories;
    expect(await catalog(registry)).not.toContain("elsewhere");
    const host = "111111111111.dkr.ecr.eu-west-1.amazonaws.com";
    expect(await catalog(registry, { host })).toEqual(["elsewhere"]);
    const client = new RegistryClient(cloud);
    await client.login(other);
    expect(await catalog(client)).toEqual(["elsewhere"]);
  });

  it("leave paths below /v2 to buckets and services that have them", async () => {
    const { status } = await registry.sendPlain("GET", "/v2/key", "", { host: "bucket.s3.us-east-1.amazonaws.com" });
    expect(status).toBe(404);
    const apis = await cloud.client(ApiGatewayV2Client).send(new GetApisCommand({}));
    expect(apis.Items).toEqual([]);
  });
});

describe("CREATE_ON_PUSH", () => {
  it("makes the repository that is pushed to by a template", async () => {
    await ecr.send(
      new sdk.CreateRepositoryCreationTemplateCommand({
        prefix: "team",
        appliedFor: ["CREATE_ON_PUSH"],
        imageTagMutability: "IMMUTABLE",
      }),
    );
    expect((await registry.send("POST", "/v2/team/new/blobs/uploads/")).status).toBe(202);
    const { repositories: found } = await ecr.send(
      new sdk.DescribeRepositoriesCommand({ repositoryNames: ["team/new"] }),
    );
    expect(found?.[0]?.imageTagMutability).toBe("IMMUTABLE");
  });
});

describe("GetAuthorizationToken", () => {
  it("is good for twelve hours, and for the registries that are asked for", async () => {
    const { authorizationData } = await ecr.send(new sdk.GetAuthorizationTokenCommand({}));
    const [data] = authorizationData ?? [];
    expect(Buffer.from(data?.authorizationToken ?? "", "base64").toString()).toMatch(/^AWS:/);
    expect(data?.proxyEndpoint).toBe("https://000000000000.dkr.ecr.us-east-1.amazonaws.com");
    const more = await ecr.send(new sdk.GetAuthorizationTokenCommand({ registryIds: ["222222222222"] }));
    expect(more.authorizationData?.[0]?.proxyEndpoint).toContain("222222222222");
  });
});
