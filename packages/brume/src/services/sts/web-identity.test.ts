import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as iamSdk from "@aws-sdk/client-iam";
import * as sdk from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });

let cloud: RunningCloud;
let issuerServer: Server;
let issuer: string;
let providerArn: string;
let RoleArn: string;

beforeAll(async () => {
  issuerServer = createServer((request, response) => {
    const keys = [
      { ...rsa.publicKey.export({ format: "jwk" }), kid: "rsa" },
      { ...ec.publicKey.export({ format: "jwk" }), kid: "ec" },
    ];
    const body = request.url === "/keys" ? { keys } : { issuer, jwks_uri: `${issuer}/keys` };
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => issuerServer.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(issuerServer.address() as AddressInfo).port}`;
  cloud = await startCloud();
  const iam = cloud.client(iamSdk.IAMClient);
  const provider = await iam.send(
    new iamSdk.CreateOpenIDConnectProviderCommand({ Url: issuer, ClientIDList: ["sts.amazonaws.com"] }),
  );
  providerArn = provider.OpenIDConnectProviderArn as string;
  const host = issuer.slice("http://".length);
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: providerArn },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: { [`${host}:aud`]: "sts.amazonaws.com" },
          StringLike: { [`${host}:sub`]: "repo:me/app:*" },
        },
      },
    ],
  });
  const { Role } = await iam.send(new iamSdk.CreateRoleCommand({ RoleName: "ci", AssumeRolePolicyDocument }));
  RoleArn = Role?.Arn as string;
});
afterAll(async () => {
  await cloud.close();
  issuerServer.close();
});

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

function token(claims: object = {}, key: KeyObject = rsa.privateKey, kid = "rsa"): string {
  const alg = key.asymmetricKeyType === "ec" ? "ES256" : "RS256";
  const exp = Math.floor(cloud.clock.now() / 1000) + 300;
  const body = { iss: issuer, aud: "sts.amazonaws.com", sub: "repo:me/app:main", exp, ...claims };
  const signed = `${encode({ alg, kid })}.${encode(body)}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

function assume(WebIdentityToken: string) {
  const sts = cloud.client(sdk.STSClient);
  return sts.send(new sdk.AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: "run", WebIdentityToken }));
}

describe("AssumeRoleWithWebIdentity", () => {
  it("gives a session to whom the provider names and the role trusts", async () => {
    const answer = await assume(token());
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: "repo:me/app:main",
      Audience: "sts.amazonaws.com",
      Provider: providerArn,
      AssumedRoleUser: { Arn: "arn:aws:sts::000000000000:assumed-role/ci/run" },
    });
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = answer.Credentials ?? {};
    const session = cloud.client(sdk.STSClient, {
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    });
    const { Arn } = await session.send(new sdk.GetCallerIdentityCommand({}));
    expect(Arn).toBe("arn:aws:sts::000000000000:assumed-role/ci/run");
    await assume(token({}, ec.privateKey, "ec"));
  });

  it("takes the source identity from the token", async () => {
    const answer = await assume(token({ "https://aws.amazon.com/source_identity": "alice" }));
    expect(answer.SourceIdentity).toBe("alice");
  });

  const refused = [
    ["a text that is no token", () => "nonsense", "InvalidIdentityTokenException", "not a valid JWT"],
    ["another audience", () => token({ aud: "x" }), "InvalidIdentityTokenException", "Incorrect token audience"],
    ["a token that has expired", () => token({ exp: 1 }), "ExpiredTokenException", "Token expired: current date/time"],
    ["a signature of another key", () => token({}, stranger.privateKey), "InvalidIdentityTokenException", "signature"],
    [
      "an issuer that is no provider here",
      () => token({ iss: "https://issuer.example" }),
      "InvalidIdentityTokenException",
      "No OpenIDConnect provider found in your account for https://issuer.example",
    ],
    [
      "a subject that the role does not trust",
      () => token({ sub: "repo:other/app:main" }),
      "AccessDenied",
      "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    ],
  ] as const;
  it.each(refused)("refuses %s", async (_, made, name, message) => {
    await expect(assume(made())).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  });

  it("refuses a token whose issuer does not answer", async () => {
    const Url = "http://127.0.0.1:9/nobody";
    const iam = cloud.client(iamSdk.IAMClient);
    await iam.send(new iamSdk.CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ["sts.amazonaws.com"] }));
    await expect(assume(token({ iss: Url }))).rejects.toThrow("Couldn't retrieve verification key");
  });
});

describe("GetWebIdentityToken", () => {
  it("gives tokens that another account's provider takes", async () => {
    const get = (more: Partial<sdk.GetWebIdentityTokenCommandInput> = {}) =>
      cloud
        .client(sdk.STSClient)
        .send(new sdk.GetWebIdentityTokenCommand({ Audience: ["partner"], SigningAlgorithm: "ES384", ...more }));
    await expect(get()).rejects.toThrow(sdk.OutboundWebIdentityFederationDisabledException);
    const own = cloud.client(iamSdk.IAMClient);
    const { IssuerIdentifier } = await own.send(new iamSdk.EnableOutboundWebIdentityFederationCommand({}));
    const Url = IssuerIdentifier as string;
    const credentials = { accessKeyId: "111111111111", secretAccessKey: "x" };
    const other = cloud.client(iamSdk.IAMClient, { credentials });
    const provider = await other.send(
      new iamSdk.CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ["partner"] }),
    );
    const host = Url.slice("https://".length);
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Federated: provider.OpenIDConnectProviderArn },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: { StringEquals: { [`${host}:sub`]: "arn:aws:iam::000000000000:root" } },
        },
      ],
    });
    const { Role } = await other.send(new iamSdk.CreateRoleCommand({ RoleName: "partner", AssumeRolePolicyDocument }));
    for (const SigningAlgorithm of ["ES384", "RS256"]) {
      const { WebIdentityToken } = await get({ SigningAlgorithm, Tags: [{ Key: "team", Value: "a" }] });
      const input = { RoleArn: Role?.Arn, RoleSessionName: "run", WebIdentityToken };
      const answer = await cloud.client(sdk.STSClient).send(new sdk.AssumeRoleWithWebIdentityCommand(input));
      expect(answer.AssumedRoleUser?.Arn).toBe("arn:aws:sts::111111111111:assumed-role/partner/run");
      const claims = JSON.parse(Buffer.from(WebIdentityToken?.split(".")[1] ?? "", "base64url").toString());
      expect(claims["https://sts.amazonaws.com/"]).toMatchObject({ request_tags: { team: "a" } });
    }
    await expect(get({ DurationSeconds: 59 })).rejects.toThrow("greater than or equal to 60");
  });
});
