/** Good requests about roles, keys, secrets and parameters. */
import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as secrets from "@aws-sdk/client-secrets-manager";
import * as ssm from "@aws-sdk/client-ssm";
import * as sts from "@aws-sdk/client-sts";
import { type Call, type Group, policy } from "./capture.js";

const trust =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}';
const runbook = JSON.stringify({
  schemaVersion: "0.3",
  parameters: { Name: { type: "String", default: "x" } },
  mainSteps: [{ name: "sleep", action: "aws:sleep", inputs: { Duration: "PT1S" } }],
});

/** Makes what the requests are about, and returns them. */
export async function identityRequests(call: Call): Promise<Group[]> {
  await call("ssm", "PutParameter", { Name: "/fuzzed/a", Value: "a", Type: "String" });
  await call("ssm", "CreateDocument", { Name: "Fuzzed", Content: runbook, DocumentType: "Automation" });
  await call("iam", "CreateRole", { RoleName: "fuzzed", AssumeRolePolicyDocument: trust });
  await call("iam", "CreateUser", { UserName: "fuzzed" });
  const document = policy().replace('"Principal":{"AWS":"*"},', "");
  const { Policy } = await call("iam", "CreatePolicy", { PolicyName: "fuzzed", PolicyDocument: document });
  const { KeyMetadata } = await call("kms", "CreateKey", {});
  const KeyId = KeyMetadata.KeyId;
  const { CiphertextBlob } = await call("kms", "Encrypt", { KeyId, Plaintext: Buffer.from("secret") });
  const signing = (await call("kms", "CreateKey", { KeyUsage: "SIGN_VERIFY", KeySpec: "ECC_NIST_P256" })).KeyMetadata
    .KeyId;
  const Role = "arn:aws:iam::000000000000:role/fuzzed";
  await call("secrets-manager", "CreateSecret", { Name: "fuzzed", SecretString: "s" });
  return [
    [
      "iam",
      iam.IAMClient,
      [
        new iam.CreateRoleCommand({
          RoleName: "new",
          AssumeRolePolicyDocument: trust,
          Path: "/p/",
          MaxSessionDuration: 3600,
          Tags: [{ Key: "a", Value: "b" }],
          Description: "d",
        }),
        new iam.PutRolePolicyCommand({ RoleName: "fuzzed", PolicyName: "p", PolicyDocument: document }),
        new iam.CreatePolicyCommand({ PolicyName: "new", PolicyDocument: document, Description: "d" }),
        new iam.CreatePolicyVersionCommand({ PolicyArn: Policy.Arn, PolicyDocument: document, SetAsDefault: true }),
        new iam.AttachRolePolicyCommand({ RoleName: "fuzzed", PolicyArn: Policy.Arn }),
        new iam.UpdateAssumeRolePolicyCommand({ RoleName: "fuzzed", PolicyDocument: trust }),
        new iam.ListRolesCommand({ PathPrefix: "/", MaxItems: 10 }),
        new iam.TagUserCommand({ UserName: "fuzzed", Tags: [{ Key: "a", Value: "b" }] }),
        new iam.CreateAccessKeyCommand({ UserName: "fuzzed" }),
        new iam.CreateInstanceProfileCommand({ InstanceProfileName: "i", Path: "/" }),
        new iam.GetAccountAuthorizationDetailsCommand({ Filter: ["Role"], MaxItems: 5 }),
      ],
    ],
    [
      "sts",
      sts.STSClient,
      [
        new sts.AssumeRoleCommand({
          RoleArn: Role,
          RoleSessionName: "s",
          DurationSeconds: 900,
          Policy: document,
          Tags: [{ Key: "a", Value: "b" }],
          ExternalId: "xx",
        }),
        new sts.GetSessionTokenCommand({ DurationSeconds: 900 }),
        new sts.GetFederationTokenCommand({ Name: "fed", Policy: document }),
      ],
    ],
    [
      "kms",
      kms.KMSClient,
      [
        new kms.CreateKeyCommand({
          Description: "d",
          Policy: policy(),
          Tags: [{ TagKey: "a", TagValue: "b" }],
          KeySpec: "SYMMETRIC_DEFAULT",
          KeyUsage: "ENCRYPT_DECRYPT",
        }),
        new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from("x"), EncryptionContext: { a: "b" } }),
        new kms.DecryptCommand({ CiphertextBlob, KeyId }),
        new kms.ReEncryptCommand({ CiphertextBlob, DestinationKeyId: KeyId }),
        new kms.GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256" }),
        new kms.SignCommand({
          KeyId: signing,
          Message: Buffer.from("m"),
          SigningAlgorithm: "ECDSA_SHA_256",
          MessageType: "RAW",
        }),
        new kms.VerifyCommand({
          KeyId: signing,
          Message: Buffer.from("m"),
          Signature: Buffer.from("x"),
          SigningAlgorithm: "ECDSA_SHA_256",
        }),
        new kms.CreateAliasCommand({ AliasName: "alias/new", TargetKeyId: KeyId }),
        new kms.PutKeyPolicyCommand({ KeyId, PolicyName: "default", Policy: policy() }),
        new kms.CreateGrantCommand({
          KeyId,
          GranteePrincipal: Role,
          Operations: ["Decrypt"],
          Constraints: { EncryptionContextSubset: { a: "b" } },
        }),
        new kms.ListKeysCommand({ Limit: 3 }),
      ],
    ],
    [
      "secrets-manager",
      secrets.SecretsManagerClient,
      [
        new secrets.CreateSecretCommand({
          Name: "new",
          SecretString: '{"a":"b"}',
          ClientRequestToken: "x".repeat(32),
          Tags: [{ Key: "a", Value: "b" }],
        }),
        new secrets.PutSecretValueCommand({
          SecretId: "fuzzed",
          SecretBinary: Buffer.from("x"),
          VersionStages: ["AWSCURRENT", "mine"],
        }),
        new secrets.GetSecretValueCommand({ SecretId: "fuzzed", VersionStage: "AWSCURRENT" }),
        new secrets.ListSecretsCommand({ Filters: [{ Key: "name", Values: ["f"] }], MaxResults: 5 }),
        new secrets.GetRandomPasswordCommand({
          PasswordLength: 20,
          ExcludeCharacters: "abc",
          RequireEachIncludedType: true,
        }),
      ],
    ],
    [
      "ssm",
      ssm.SSMClient,
      [
        new ssm.PutParameterCommand({
          Name: "/fuzzed/b",
          Value: "x,y",
          Type: "StringList",
          Overwrite: true,
          Description: "d",
          AllowedPattern: "^[a-z,]*$",
          Tier: "Standard",
          DataType: "text",
        }),
        new ssm.GetParametersCommand({ Names: ["/fuzzed/a", "/fuzzed/a:1"], WithDecryption: true }),
        new ssm.GetParametersByPathCommand({
          Path: "/fuzzed",
          Recursive: true,
          MaxResults: 5,
          ParameterFilters: [{ Key: "Type", Option: "Equals", Values: ["String"] }],
        }),
        new ssm.DescribeParametersCommand({
          ParameterFilters: [{ Key: "Name", Option: "BeginsWith", Values: ["/f"] }],
          MaxResults: 10,
        }),
        new ssm.AddTagsToResourceCommand({
          ResourceType: "Parameter",
          ResourceId: "/fuzzed/a",
          Tags: [{ Key: "a", Value: "b" }],
        }),
        new ssm.LabelParameterVersionCommand({ Name: "/fuzzed/a", ParameterVersion: 1, Labels: ["l"] }),
        new ssm.GetParameterHistoryCommand({ Name: "/fuzzed/a", MaxResults: 3 }),
        new ssm.CreateDocumentCommand({
          Name: "new",
          Content: runbook,
          DocumentType: "Automation",
          Attachments: [{ Key: "SourceUrl", Values: ["s3://fuzzed/a"], Name: "a" }],
          Tags: [{ Key: "a", Value: "b" }],
        }),
        new ssm.UpdateDocumentCommand({ Name: "Fuzzed", Content: runbook, DocumentVersion: "$LATEST" }),
        new ssm.DescribeDocumentCommand({ Name: "Fuzzed", DocumentVersion: "1" }),
        new ssm.GetDocumentCommand({ Name: "Fuzzed", DocumentFormat: "YAML" }),
        new ssm.UpdateDocumentDefaultVersionCommand({ Name: "Fuzzed", DocumentVersion: "1" }),
        new ssm.ListDocumentsCommand({ Filters: [{ Key: "Owner", Values: ["Self"] }], MaxResults: 5 }),
        new ssm.ModifyDocumentPermissionCommand({
          Name: "Fuzzed",
          PermissionType: "Share",
          AccountIdsToAdd: ["111111111111"],
        }),
        new ssm.PutResourcePolicyCommand({
          ResourceArn: "arn:aws:ssm:us-east-1:000000000000:parameter/fuzzed/a",
          Policy: policy("arn:aws:ssm:us-east-1:000000000000:parameter/fuzzed/a"),
        }),
      ],
    ],
  ];
}
