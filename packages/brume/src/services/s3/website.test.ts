import { request } from "node:http";
import * as sdk from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { TestCloud } from "./test-cloud.js";

const test = new TestCloud();

async function website(configuration: sdk.WebsiteConfiguration, objects: Record<string, string> = {}): Promise<string> {
  const Bucket = await test.newBucket();
  await test.s3.send(new sdk.PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration: configuration }));
  for (const [key, body] of Object.entries(objects)) await test.put(Bucket, key, body, { ContentType: "text/html" });
  return Bucket;
}

/** What a website answers under the bucket's own host. */
function visit(
  bucket: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; host?: string } = {},
): Promise<{ status: number | undefined; location: string | undefined; headers: object; text: string }> {
  const { method = "GET", headers = {}, host = `${bucket}.s3-website-us-east-1.amazonaws.com` } = options;
  const { hostname, port } = new URL(test.cloud.endpoint);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, method, headers: { host, ...headers } }, async (answer) => {
      let text = "";
      for await (const chunk of answer) text += chunk;
      const { statusCode: status, headers } = answer;
      resolve({ status, location: headers.location, headers, text });
    })
      .on("error", reject)
      .end();
  });
}

const PAGES = { IndexDocument: { Suffix: "index.html" }, ErrorDocument: { Key: "errors/error.html" } };

describe("website", () => {
  it("of a stack is where the stack's output says", async () => {
    const Site = { Type: "AWS::S3::Bucket", Properties: { WebsiteConfiguration: { IndexDocument: "index.html" } } };
    const Outputs = {
      Url: { Value: { "Fn::GetAtt": ["Site", "WebsiteURL"] } },
      Page: { Value: { "Fn::Join": ["", [{ "Fn::GetAtt": ["Site", "WebsiteURL"] }, "/page.html"]] } },
      Name: { Value: { Ref: "Site" } },
    };
    const [stack] = await test.cloud.deploy({ Resources: { Site }, Outputs });
    const { Url = "", Page = "", Name = "" } = stack?.outputs ?? {};
    for (const key of ["index.html", "page.html"]) await test.put(Name, key, key, { ContentType: "text/html" });
    expect(await (await fetch(Url)).text()).toBe("index.html");
    expect(await (await fetch(Page)).text()).toBe("page.html");
  });

  it("shows index documents, and redirects to the directory that a path lacks the slash of", async () => {
    const bucket = await website(PAGES, { "index.html": "home", "docs/index.html": "docs", "a b.html": "page" });
    expect(await visit(bucket, "/")).toMatchObject({
      status: 200,
      text: "home",
      headers: { "content-type": "text/html", etag: expect.any(String), "content-length": "4" },
    });
    expect((await visit(bucket, "/docs/")).text).toBe("docs");
    expect(await visit(bucket, "/docs")).toMatchObject({ status: 302, location: "/docs/" });
    expect((await visit(bucket, "/a%20b.html?x=1")).text).toBe("page");
    const dotted = { host: `${bucket}.s3-website.eu-central-1.localhost:4566` };
    expect((await visit(bucket, "/", dotted)).text).toBe("home");
    const byPath = `${test.cloud.endpoint}/_aws/s3-website/${bucket}`;
    expect(await (await fetch(`${byPath}/docs`)).text()).toBe("docs");
    expect(await (await fetch(byPath)).text()).toBe("home");
  });

  it("answers conditional requests, ranges and HEAD", async () => {
    const bucket = await website(PAGES, { "index.html": "0123456789" });
    const { headers } = await visit(bucket, "/", { method: "HEAD" });
    expect(headers).toMatchObject({ "content-length": "10" });
    const { etag } = headers as { etag: string };
    expect((await visit(bucket, "/", { headers: { "if-none-match": etag } })).status).toBe(304);
    expect(await visit(bucket, "/", { headers: { range: "bytes=2-4" } })).toMatchObject({ status: 206, text: "234" });
    expect(await visit(bucket, "/", { method: "DELETE" })).toMatchObject({
      status: 405,
      text: expect.stringContaining("<li>Code: MethodNotAllowed</li>"),
    });
  });

  it("shows the error document with the error's status, and a page where that is missing", async () => {
    const bucket = await website(PAGES);
    const missing = await visit(bucket, "/no%3Cpe");
    expect(missing).toMatchObject({ status: 404, headers: { "x-amz-error-code": "NoSuchKey" } });
    expect(missing.text).toContain("<h1>404 Not Found</h1>");
    expect(missing.text).toContain("<li>Key: no&lt;pe</li>");
    expect(missing.text).toContain("An Error Occurred While Attempting to Retrieve a Custom Error Document");
    await test.put(bucket, "errors/error.html", "sorry", { ContentType: "text/html" });
    expect(await visit(bucket, "/nope")).toMatchObject({ status: 404, text: "sorry" });
  });

  it("answers for buckets that are none, or no websites", async () => {
    const plain = await test.newBucket();
    expect((await visit(plain, "/")).text).toContain("<li>Code: NoSuchWebsiteConfiguration</li>");
    expect(await visit("no-such-bucket", "/")).toMatchObject({
      status: 404,
      text: expect.stringContaining("<li>BucketName: no-such-bucket</li>"),
    });
  });

  it("sends all requests, or objects that say so, elsewhere", async () => {
    const all = await website({ RedirectAllRequestsTo: { HostName: "example.com", Protocol: "https" } });
    expect(await visit(all, "/a/b")).toMatchObject({ status: 301, location: "https://example.com/a/b" });
    const bucket = await website(PAGES);
    await test.put(bucket, "old", "", { WebsiteRedirectLocation: "/new" });
    await test.put(bucket, "away", "", { WebsiteRedirectLocation: "https://example.com/" });
    expect(await visit(bucket, "/old")).toMatchObject({ status: 301, location: "/new" });
    expect(await visit(bucket, "/away")).toMatchObject({ status: 301, location: "https://example.com/" });
    const byPath = `${test.cloud.endpoint}/_aws/s3-website/${bucket}/old`;
    const answer = await fetch(byPath, { redirect: "manual" });
    expect(answer.headers.get("location")).toBe(`/_aws/s3-website/${bucket}/new`);
  });

  it("follows routing rules, before the object is looked up and after that failed", async () => {
    const bucket = await website(
      {
        ...PAGES,
        RoutingRules: [
          { Condition: { KeyPrefixEquals: "docs/" }, Redirect: { ReplaceKeyPrefixWith: "documents/" } },
          {
            Condition: { KeyPrefixEquals: "img/", HttpErrorCodeReturnedEquals: "404" },
            Redirect: { ReplaceKeyWith: "none.png", HttpRedirectCode: "302" },
          },
          {
            Condition: { HttpErrorCodeReturnedEquals: "404" },
            Redirect: { HostName: "example.com", Protocol: "https" },
          },
        ],
      },
      { "docs/a": "never shown", "img/a": "shown" },
    );
    const own = `http://${bucket}.s3-website-us-east-1.amazonaws.com`;
    expect(await visit(bucket, "/docs/a")).toMatchObject({ status: 301, location: `${own}/documents/a` });
    expect((await visit(bucket, "/img/a")).text).toBe("shown");
    expect(await visit(bucket, "/img/b")).toMatchObject({ status: 302, location: `${own}/none.png` });
    expect(await visit(bucket, "/other")).toMatchObject({ status: 301, location: "https://example.com/other" });
  });
});

describe("PutBucketWebsite", () => {
  it("rejects configurations that contradict themselves", async () => {
    const Bucket = await test.newBucket();
    const rule = (RoutingRules: sdk.RoutingRule) => ({ ...PAGES, RoutingRules: [RoutingRules] });
    const refused: [sdk.WebsiteConfiguration, string][] = [
      [{ ErrorDocument: { Key: "e" } }, "A value for IndexDocument Suffix must be provided"],
      [{ IndexDocument: { Suffix: "a/b" } }, "The IndexDocument Suffix is not well formed"],
      [{ ...PAGES, RedirectAllRequestsTo: { HostName: "a" } }, "in conjunction with other Routing Rules"],
      [rule({ Condition: {}, Redirect: {} }), "Condition cannot be empty"],
      [rule({ Redirect: { HttpRedirectCode: "200" } }), "HTTP redirect code (200) is not valid"],
      [rule({ Condition: { HttpErrorCodeReturnedEquals: "200" }, Redirect: {} }), "HTTP error code (200)"],
      [rule({ Redirect: { ReplaceKeyWith: "a", ReplaceKeyPrefixWith: "b" } }), "but not both"],
      [rule({ Redirect: { Protocol: "ftp" as "http" } }), "protocol can be http or https"],
    ];
    for (const [WebsiteConfiguration, message] of refused) {
      const putting = test.s3.send(new sdk.PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration }));
      await expect(putting).rejects.toThrow(message);
    }
  });
});
