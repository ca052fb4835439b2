/** Makes what the CDK's default synthesizer expects of an environment, so that nobody has to run `cdk bootstrap` here. */
import { isAwsError } from "../kernel/errors.js";
import { fileAssets, imageAssets } from "./assets.js";
import type { CloudClient, Place } from "./cloud-client.js";
import { destroyStack, ended } from "./deployed-stack.js";
import type { StackArtifact } from "./manifest.js";

/** The version of the CDK's bootstrap stack that this one stands for. */
const VERSION = 30;
const DEFAULT_QUALIFIER = "hnb659fds";

/**
 * Bootstraps every environment that a stack needs: those of its assets, and its own where its template checks the
 * bootstrap version. Buckets of the app's own making need none.
 */
export async function bootstrapFor(cloud: CloudClient, stack: StackArtifact, template: string): Promise<void> {
  const needed = new Map<string, [Place, string]>();
  const need = (place: Place, qualifier: string) =>
    needed.set(`${place.account}/${place.region}/${qualifier}`, [place, qualifier]);
  for (const { bucket, place } of fileAssets(stack.assetManifests, stack.place)) {
    const qualifier = /^cdk-([a-z0-9]{1,10})-assets-/.exec(bucket)?.[1];
    if (qualifier) need(place, qualifier);
  }
  for (const { repository, place } of imageAssets(stack.assetManifests, stack.place)) {
    const qualifier = /^cdk-([a-z0-9]{1,10})-container-assets-/.exec(repository)?.[1];
    if (qualifier) need(place, qualifier);
  }
  const checked = /\/cdk-bootstrap\/([a-z0-9]+)\/version/.exec(template)?.[1];
  if (checked) need(stack.place, checked);
  for (const [place, qualifier] of needed.values()) await bootstrap(cloud, place, qualifier);
}

/** Bootstraps an environment unless it is. @returns whether anything had to be done */
export async function bootstrap(cloud: CloudClient, place: Place, qualifier = DEFAULT_QUALIFIER): Promise<boolean> {
  const parameter = `/cdk-bootstrap/${qualifier}/version`;
  try {
    await cloud.call("ssm", "GetParameter", { Name: parameter }, place);
    return false;
  } catch (error) {
    if (!isAwsError(error, "ParameterNotFound")) throw error;
  }
  const StackName = qualifier === DEFAULT_QUALIFIER ? "CDKToolkit" : `CDKToolkit-${qualifier}`;
  // One that failed before stands in the way of a new one.
  await destroyStack(cloud, StackName, place);
  await cloud.call(
    "cloudformation",
    "CreateStack",
    { StackName, TemplateBody: JSON.stringify(bootstrapTemplate(qualifier)), Capabilities: ["CAPABILITY_NAMED_IAM"] },
    place,
  );
  const { StackStatus, StackStatusReason } = await ended(cloud, StackName, place);
  if (StackStatus === "CREATE_COMPLETE") return true;
  throw new Error(`The bootstrap stack ended in ${StackStatus}: ${StackStatusReason ?? "see its events"}`);
}

/** The resources, under the logical ids and names that the CDK gives them. */
function bootstrapTemplate(qualifier: string): object {
  const named = (kind: string) => ({ "Fn::Sub": `cdk-${qualifier}-${kind}-\${AWS::AccountId}-\${AWS::Region}` });
  const root = { AWS: { "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root" } };
  const trust = (Principal: object) => ({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["sts:AssumeRole", "sts:TagSession"], Principal }],
  });
  const managed = (name: string) => ({ "Fn::Sub": `arn:\${AWS::Partition}:iam::aws:policy/${name}` });
  const role = (kind: string, principal: object, statements: object[]) => ({
    Type: "AWS::IAM::Role",
    Properties: {
      RoleName: named(kind),
      AssumeRolePolicyDocument: trust(principal),
      Policies: [{ PolicyName: "default", PolicyDocument: { Version: "2012-10-17", Statement: statements } }],
    },
  });
  const allow = (Action: string | string[], Resource: unknown = "*") => ({ Effect: "Allow", Action, Resource });
  const bucket = { "Fn::GetAtt": ["StagingBucket", "Arn"] };
  const objects = { "Fn::Sub": "${StagingBucket.Arn}/*" };
  const repository = { "Fn::GetAtt": ["ContainerAssetsRepository", "Arn"] };
  return {
    Description: "This stack includes resources needed to deploy AWS CDK apps into this environment",
    Resources: {
      StagingBucket: {
        Type: "AWS::S3::Bucket",
        Properties: { BucketName: named("assets"), VersioningConfiguration: { Status: "Enabled" } },
        DeletionPolicy: "RetainExceptOnCreate",
        UpdateReplacePolicy: "Retain",
      },
      ContainerAssetsRepository: {
        Type: "AWS::ECR::Repository",
        Properties: { RepositoryName: named("container-assets"), ImageTagMutability: "IMMUTABLE" },
      },
      FilePublishingRole: role("file-publishing-role", root, [
        allow(
          ["s3:GetObject*", "s3:GetBucket*", "s3:List*", "s3:DeleteObject*", "s3:PutObject*", "s3:Abort*"],
          [bucket, objects],
        ),
      ]),
      ImagePublishingRole: role("image-publishing-role", root, [
        allow("ecr:*", repository),
        allow("ecr:GetAuthorizationToken"),
      ]),
      LookupRole: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: named("lookup-role"),
          AssumeRolePolicyDocument: trust(root),
          ManagedPolicyArns: [managed("ReadOnlyAccess")],
        },
      },
      DeploymentActionRole: role("deploy-role", root, [
        allow("cloudformation:*"),
        allow(["s3:GetObject*", "s3:GetBucket*", "s3:List*"]),
        allow("iam:PassRole", { "Fn::GetAtt": ["CloudFormationExecutionRole", "Arn"] }),
        allow("ssm:GetParameter*"),
      ]),
      CloudFormationExecutionRole: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: named("cfn-exec-role"),
          AssumeRolePolicyDocument: trust({ Service: "cloudformation.amazonaws.com" }),
          ManagedPolicyArns: [managed("AdministratorAccess")],
        },
      },
      CdkBootstrapVersion: {
        Type: "AWS::SSM::Parameter",
        Properties: { Type: "String", Name: `/cdk-bootstrap/${qualifier}/version`, Value: String(VERSION) },
      },
    },
    Outputs: {
      BucketName: { Value: { Ref: "StagingBucket" } },
      BucketDomainName: { Value: { "Fn::GetAtt": ["StagingBucket", "RegionalDomainName"] } },
      ImageRepositoryName: { Value: { Ref: "ContainerAssetsRepository" } },
      BootstrapVersion: { Value: { "Fn::GetAtt": ["CdkBootstrapVersion", "Value"] } },
    },
  };
}
