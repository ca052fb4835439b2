import * as sdk from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { PRIVATE_KEY } from "./example-certificate.js";

let cloud: RunningCloud;
let iam: sdk.IAMClient;
beforeAll(async () => {
  cloud = await startCloud();
  iam = cloud.client(sdk.IAMClient);
});
afterAll(() => cloud.close());

describe("CreateAccountAlias, ListAccountAliases, DeleteAccountAlias", () => {
  it("keep one alias", async () => {
    await iam.send(new sdk.CreateAccountAliasCommand({ AccountAlias: "first" }));
    await iam.send(new sdk.CreateAccountAliasCommand({ AccountAlias: "second" }));
    expect((await iam.send(new sdk.ListAccountAliasesCommand({}))).AccountAliases).toEqual(["second"]);
    await iam.send(new sdk.DeleteAccountAliasCommand({ AccountAlias: "second" }));
    await expect(iam.send(new sdk.DeleteAccountAliasCommand({ AccountAlias: "second" }))).rejects.toThrow(
      sdk.NoSuchEntityException,
    );
  });
});

describe("UpdateAccountPasswordPolicy, GetAccountPasswordPolicy, DeleteAccountPasswordPolicy", () => {
  it("keep the policy", async () => {
    const get = () => iam.send(new sdk.GetAccountPasswordPolicyCommand({}));
    await expect(get()).rejects.toThrow("The Password Policy with domain name 000000000000 cannot be found.");
    await iam.send(new sdk.UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 12, MaxPasswordAge: 90 }));
    expect((await get()).PasswordPolicy).toMatchObject({ MinimumPasswordLength: 12, ExpirePasswords: true });
    await iam.send(new sdk.DeleteAccountPasswordPolicyCommand({}));
    await expect(get()).rejects.toThrow(sdk.NoSuchEntityException);
  });
});

describe("GetAccountSummary, GetAccountAuthorizationDetails", () => {
  it("tell what is in the account", async () => {
    await iam.send(new sdk.CreateUserCommand({ UserName: "u" }));
    await iam.send(new sdk.CreateGroupCommand({ GroupName: "g" }));
    const { SummaryMap } = await iam.send(new sdk.GetAccountSummaryCommand({}));
    expect(SummaryMap).toMatchObject({ Users: 1, Groups: 1, Roles: 0 });
    const details = await iam.send(new sdk.GetAccountAuthorizationDetailsCommand({ Filter: ["User"] }));
    expect(details.UserDetailList?.map(({ UserName }) => UserName)).toEqual(["u"]);
    expect(details.GroupDetailList).toEqual([]);
    const PolicyArn = "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess";
    await iam.send(new sdk.AttachUserPolicyCommand({ UserName: "u", PolicyArn }));
    const aws = await iam.send(new sdk.GetAccountAuthorizationDetailsCommand({ Filter: ["AWSManagedPolicy"] }));
    expect(aws.Policies).toMatchObject([
      { Arn: PolicyArn, AttachmentCount: 1, PolicyVersionList: [{ VersionId: "v1" }] },
    ]);
    expect(aws.UserDetailList).toEqual([]);
  });
});

describe("CreateOpenIDConnectProvider, GetOpenIDConnectProvider, ListOpenIDConnectProviders, UpdateOpenIDConnectProviderThumbprint, AddClientIDToOpenIDConnectProvider, RemoveClientIDFromOpenIDConnectProvider, TagOpenIDConnectProvider, UntagOpenIDConnectProvider, ListOpenIDConnectProviderTags, DeleteOpenIDConnectProvider", () => {
  it("keep providers by URL", async () => {
    const { OpenIDConnectProviderArn } = await iam.send(
      new sdk.CreateOpenIDConnectProviderCommand({ Url: "https://token.example.com", ClientIDList: ["a"] }),
    );
    expect(OpenIDConnectProviderArn).toBe("arn:aws:iam::000000000000:oidc-provider/token.example.com");
    const target = { OpenIDConnectProviderArn };
    await iam.send(new sdk.AddClientIDToOpenIDConnectProviderCommand({ ...target, ClientID: "b" }));
    await iam.send(new sdk.RemoveClientIDFromOpenIDConnectProviderCommand({ ...target, ClientID: "a" }));
    const ThumbprintList = ["a".repeat(40)];
    await iam.send(new sdk.UpdateOpenIDConnectProviderThumbprintCommand({ ...target, ThumbprintList }));
    await iam.send(
      new sdk.TagOpenIDConnectProviderCommand({
        ...target,
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "b", Value: "2" },
        ],
      }),
    );
    await iam.send(new sdk.UntagOpenIDConnectProviderCommand({ ...target, TagKeys: ["a"] }));
    const { Tags } = await iam.send(new sdk.ListOpenIDConnectProviderTagsCommand(target));
    expect(await iam.send(new sdk.GetOpenIDConnectProviderCommand(target))).toMatchObject({
      Url: "token.example.com",
      ClientIDList: ["b"],
      ThumbprintList,
      Tags,
    });
    expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
    await iam.send(new sdk.DeleteOpenIDConnectProviderCommand(target));
    const list = await iam.send(new sdk.ListOpenIDConnectProvidersCommand({}));
    expect(list.OpenIDConnectProviderList).toEqual([]);
  });
});

describe("CreateSAMLProvider, GetSAMLProvider, ListSAMLProviders, UpdateSAMLProvider, TagSAMLProvider, UntagSAMLProvider, ListSAMLProviderTags, DeleteSAMLProvider", () => {
  it("keep providers by name", async () => {
    const metadata = (fill: string) => `<EntityDescriptor validUntil="2030-01-01T00:00:00Z">${fill.repeat(1000)}`;
    const SAMLMetadataDocument = metadata("x");
    const { SAMLProviderArn } = await iam.send(
      new sdk.CreateSAMLProviderCommand({ Name: "idp", SAMLMetadataDocument }),
    );
    const target = { SAMLProviderArn };
    await iam.send(new sdk.UpdateSAMLProviderCommand({ ...target, SAMLMetadataDocument: metadata("y") }));
    await iam.send(new sdk.TagSAMLProviderCommand({ ...target, Tags: [{ Key: "a", Value: "1" }] }));
    expect((await iam.send(new sdk.ListSAMLProviderTagsCommand(target))).Tags).toHaveLength(1);
    await iam.send(new sdk.UntagSAMLProviderCommand({ ...target, TagKeys: ["a"] }));
    const got = await iam.send(new sdk.GetSAMLProviderCommand(target));
    expect(got.SAMLMetadataDocument).toContain(">yyy");
    expect(got.ValidUntil).toEqual(new Date("2030-01-01T00:00:00Z"));
    const AddPrivateKey = PRIVATE_KEY;
    await iam.send(
      new sdk.UpdateSAMLProviderCommand({ ...target, AddPrivateKey, AssertionEncryptionMode: "Required" }),
    );
    const { PrivateKeyList, AssertionEncryptionMode } = await iam.send(new sdk.GetSAMLProviderCommand(target));
    expect([PrivateKeyList?.length, AssertionEncryptionMode]).toEqual([1, "Required"]);
    const RemovePrivateKey = PrivateKeyList?.[0]?.KeyId;
    await expect(iam.send(new sdk.UpdateSAMLProviderCommand({ ...target, RemovePrivateKey }))).rejects.toThrow(
      sdk.InvalidInputException,
    );
    const bad = { Name: "bad", SAMLMetadataDocument: "x".repeat(1000) };
    await expect(iam.send(new sdk.CreateSAMLProviderCommand(bad))).rejects.toThrow("Could not parse metadata");
    expect((await iam.send(new sdk.ListSAMLProvidersCommand({}))).SAMLProviderList).toHaveLength(1);
    await iam.send(new sdk.DeleteSAMLProviderCommand(target));
    await expect(iam.send(new sdk.GetSAMLProviderCommand(target))).rejects.toThrow(sdk.NoSuchEntityException);
  });
});

describe("EnableOutboundWebIdentityFederation, DisableOutboundWebIdentityFederation, GetOutboundWebIdentityFederationInfo", () => {
  it("keep the issuer of an account's tokens", async () => {
    const info = () => iam.send(new sdk.GetOutboundWebIdentityFederationInfoCommand({}));
    await expect(info()).rejects.toThrow(sdk.FeatureDisabledException);
    const enable = () => iam.send(new sdk.EnableOutboundWebIdentityFederationCommand({}));
    const { IssuerIdentifier } = await enable();
    await expect(enable()).rejects.toThrow(sdk.FeatureEnabledException);
    expect(await info()).toMatchObject({ IssuerIdentifier, JwtVendingEnabled: true });
    await iam.send(new sdk.DisableOutboundWebIdentityFederationCommand({}));
    await expect(info()).rejects.toThrow(sdk.FeatureDisabledException);
    expect((await enable()).IssuerIdentifier).toBe(IssuerIdentifier);
  });
});
