/** The managed policies that AWS keeps, as far as they are known here. See the AWS Managed Policy Reference. */
import { derived } from "../../kernel/identifiers.js";
import { POLICIES_OF_ROLES, type Statement } from "./aws-policies-of-roles.js";
import type { ManagedPolicy } from "./entity.js";

/** A policy whose owner is AWS. */
export interface AwsManagedPolicy extends ManagedPolicy {
  readonly arn: string;
}

const allow = (Action: string | string[], Resource: string | string[] = "*"): Statement => ({
  Effect: "Allow",
  Action,
  Resource,
});
const services = (...actions: string[]): Statement[] => [allow(actions)];

const WRITE_LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
const WRITE_TRACES = [
  "xray:PutTraceSegments",
  "xray:PutTelemetryRecords",
  "xray:GetSamplingRules",
  "xray:GetSamplingTargets",
  "xray:GetSamplingStatisticSummaries",
];
const VPC_INTERFACES = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
];
const READ_IMAGES = [
  "ecr:GetAuthorizationToken",
  "ecr:BatchCheckLayerAvailability",
  "ecr:GetDownloadUrlForLayer",
  "ecr:GetRepositoryPolicy",
  "ecr:DescribeRepositories",
  "ecr:ListImages",
  "ecr:DescribeImages",
  "ecr:BatchGetImage",
  "ecr:GetLifecyclePolicy",
  "ecr:GetLifecyclePolicyPreview",
  "ecr:ListTagsForResource",
  "ecr:DescribeImageScanFindings",
];
const CODE_DEPLOY_READS: Statement[] = [
  allow(["s3:GetObject", "s3:GetObjectVersion"], "arn:aws:s3:::*/CodeDeploy/*"),
  {
    ...allow(["s3:GetObject", "s3:GetObjectVersion"]),
    Condition: { StringEquals: { "s3:ExistingObjectTag/UseWithCodeDeploy": "true" } },
  },
  allow("lambda:InvokeFunction", "arn:aws:lambda:*:*:function:CodeDeployHook_*"),
];
const READABLE = [
  "acm apigateway application-autoscaling appsync athena autoscaling backup batch budgets",
  "cloudformation cloudfront cloudtrail cloudwatch codebuild codecommit codedeploy codepipeline cognito-identity",
  "cognito-idp config dynamodb ec2 ecr ecs eks elasticache elasticfilesystem elasticloadbalancing events firehose",
  "glue iam kinesis kms lambda logs organizations pipes rds redshift route53 s3 scheduler secretsmanager",
  "securityhub servicediscovery ses sns sqs ssm states sts tag wafv2 xray",
].flatMap((line) => line.split(" "));

/** Statements by what follows `arn:aws:iam::aws:policy/`. */
const POLICIES: Readonly<Record<string, Statement[]>> = {
  ...POLICIES_OF_ROLES,
  AdministratorAccess: services("*"),
  PowerUserAccess: [
    { Effect: "Allow", NotAction: ["iam:*", "organizations:*", "account:*"], Resource: "*" },
    allow([
      "account:GetAccountInformation",
      "account:GetGovCloudAccountInformation",
      "account:GetPrimaryEmail",
      "account:ListRegions",
      "iam:CreateServiceLinkedRole",
      "iam:DeleteServiceLinkedRole",
      "iam:ListRoles",
      "organizations:DescribeEffectivePolicy",
      "organizations:DescribeOrganization",
    ]),
  ],
  // Differs from AWS: the real document names some thousand actions, service by service; these stand for them.
  ReadOnlyAccess: [
    allow(READABLE.flatMap((name) => ["BatchGet", "Describe", "Get", "List"].map((verb) => `${name}:${verb}*`))),
  ],
  // Differs from AWS: as above.
  "job-function/ViewOnlyAccess": [allow(READABLE.flatMap((name) => [`${name}:Describe*`, `${name}:List*`]))],
  IAMFullAccess: services(
    "iam:*",
    "organizations:DescribeAccount",
    "organizations:DescribeOrganization",
    "organizations:DescribeOrganizationalUnit",
    "organizations:DescribePolicy",
    "organizations:ListChildren",
    "organizations:ListParents",
    "organizations:ListPoliciesForTarget",
    "organizations:ListRoots",
    "organizations:ListPolicies",
    "organizations:ListTargetsForPolicy",
  ),
  IAMReadOnlyAccess: services(
    "iam:GenerateCredentialReport",
    "iam:GenerateServiceLastAccessedDetails",
    "iam:Get*",
    "iam:List*",
    "iam:SimulateCustomPolicy",
    "iam:SimulatePrincipalPolicy",
  ),
  AWSCloudFormationFullAccess: services("cloudformation:*"),
  AWSCloudFormationReadOnlyAccess: services(
    "cloudformation:Describe*",
    "cloudformation:EstimateTemplateCost",
    "cloudformation:Get*",
    "cloudformation:List*",
    "cloudformation:ValidateTemplate",
    "cloudformation:Detect*",
  ),
  AmazonS3FullAccess: services("s3:*", "s3-object-lambda:*"),
  AmazonS3ReadOnlyAccess: services(
    "s3:Get*",
    "s3:List*",
    "s3:Describe*",
    "s3-object-lambda:Get*",
    "s3-object-lambda:List*",
  ),
  AmazonSQSFullAccess: services("sqs:*"),
  AmazonSQSReadOnlyAccess: services(
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ListDeadLetterSourceQueues",
    "sqs:ListQueues",
    "sqs:ListMessageMoveTasks",
    "sqs:ListQueueTags",
  ),
  AmazonSNSFullAccess: services("sns:*"),
  AmazonSNSReadOnlyAccess: services(
    "sns:GetTopicAttributes",
    "sns:List*",
    "sns:CheckIfPhoneNumberIsOptedOut",
    "sns:GetEndpointAttributes",
    "sns:GetDataProtectionPolicy",
    "sns:GetPlatformApplicationAttributes",
    "sns:GetSMSAttributes",
    "sns:GetSMSSandboxAccountStatus",
    "sns:GetSubscriptionAttributes",
  ),
  // Differs from AWS: the actions of other services that the console needs are left out.
  AmazonDynamoDBFullAccess: services("dynamodb:*", "dax:*"),
  AmazonDynamoDBFullAccess_v2: services("dynamodb:*", "dax:*"),
  AmazonDynamoDBReadOnlyAccess: services(
    "dynamodb:BatchGetItem",
    "dynamodb:Describe*",
    "dynamodb:List*",
    "dynamodb:GetAbacStatus",
    "dynamodb:GetItem",
    "dynamodb:GetResourcePolicy",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:PartiQLSelect",
    "dax:Describe*",
    "dax:List*",
    "dax:GetItem",
    "dax:BatchGetItem",
    "dax:Query",
    "dax:Scan",
  ),
  AmazonKinesisFullAccess: services("kinesis:*"),
  AmazonKinesisReadOnlyAccess: services("kinesis:Get*", "kinesis:List*", "kinesis:Describe*"),
  // Differs from AWS: the actions of other services that the console needs are left out.
  AWSLambda_FullAccess: services("lambda:*", "iam:GetRole", "iam:ListRoles", "iam:PassRole", "logs:DescribeLogGroups"),
  AWSLambda_ReadOnlyAccess: services("lambda:Get*", "lambda:List*"),
  AWSStepFunctionsFullAccess: services("states:*"),
  AWSStepFunctionsReadOnlyAccess: services("states:Describe*", "states:List*", "states:GetExecutionHistory"),
  AmazonEventBridgeFullAccess: services("events:*", "schemas:*", "scheduler:*", "pipes:*"),
  AmazonAPIGatewayAdministrator: [allow("apigateway:*", "arn:aws:apigateway:*::/*")],
  AmazonAPIGatewayInvokeFullAccess: [
    allow(["execute-api:Invoke", "execute-api:ManageConnections"], "arn:aws:execute-api:*:*:*"),
  ],
  CloudWatchFullAccess: services(
    "autoscaling:Describe*",
    "cloudwatch:*",
    "logs:*",
    "sns:*",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "oam:ListSinks",
  ),
  CloudWatchLogsFullAccess: services("logs:*", "cloudwatch:GenerateQuery"),
  CloudWatchLogsReadOnlyAccess: services(
    "logs:Describe*",
    "logs:Get*",
    "logs:List*",
    "logs:StartQuery",
    "logs:StopQuery",
    "logs:TestMetricFilter",
    "logs:FilterLogEvents",
    "logs:StartLiveTail",
    "logs:StopLiveTail",
    "cloudwatch:GenerateQuery",
  ),
  CloudWatchAgentServerPolicy: [
    allow([
      "cloudwatch:PutMetricData",
      "ec2:DescribeVolumes",
      "ec2:DescribeTags",
      "logs:PutLogEvents",
      "logs:PutRetentionPolicy",
      "logs:DescribeLogStreams",
      "logs:DescribeLogGroups",
      "logs:CreateLogStream",
      "logs:CreateLogGroup",
      ...WRITE_TRACES,
    ]),
    allow("ssm:GetParameter", "arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*"),
  ],
  CloudWatchLambdaInsightsExecutionRolePolicy: [
    allow("logs:CreateLogGroup"),
    allow(["logs:CreateLogStream", "logs:PutLogEvents"], "arn:aws:logs:*:*:log-group:/aws/lambda-insights:*"),
  ],
  AWSXRayDaemonWriteAccess: services(...WRITE_TRACES),
  AWSXrayWriteOnlyAccess: services(...WRITE_TRACES),
  AmazonSSMReadOnlyAccess: services("ssm:Describe*", "ssm:Get*", "ssm:List*"),
  AmazonSSMFullAccess: services("ssm:*", "cloudwatch:PutMetricData", "ec2:DescribeInstanceStatus", "logs:*"),
  AmazonSSMManagedInstanceCore: services(
    "ssm:DescribeAssociation",
    "ssm:GetDeployablePatchSnapshotForInstance",
    "ssm:GetDocument",
    "ssm:DescribeDocument",
    "ssm:GetManifest",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:ListAssociations",
    "ssm:ListInstanceAssociations",
    "ssm:PutInventory",
    "ssm:PutComplianceItems",
    "ssm:PutConfigurePackageResult",
    "ssm:UpdateAssociationStatus",
    "ssm:UpdateInstanceAssociationStatus",
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply",
  ),
  SecretsManagerReadWrite: services("secretsmanager:*", "kms:DescribeKey", "kms:ListAliases", "kms:ListKeys"),
  AWSKeyManagementServicePowerUser: services(
    "kms:CreateAlias",
    "kms:CreateKey",
    "kms:DeleteAlias",
    "kms:Describe*",
    "kms:GenerateRandom",
    "kms:Get*",
    "kms:List*",
    "kms:TagResource",
    "kms:UntagResource",
    "iam:ListGroups",
    "iam:ListRoles",
    "iam:ListUsers",
  ),
  AmazonEC2FullAccess: services("ec2:*", "elasticloadbalancing:*", "cloudwatch:*", "autoscaling:*"),
  AmazonEC2ReadOnlyAccess: services("ec2:Describe*", "elasticloadbalancing:Describe*", "autoscaling:Describe*"),
  AmazonVPCReadOnlyAccess: services("ec2:Describe*"),
  AmazonEC2ContainerRegistryReadOnly: services(...READ_IMAGES),
  AmazonEC2ContainerRegistryPowerUser: services(
    ...READ_IMAGES,
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
    "ecr:PutImage",
  ),
  AmazonEC2ContainerRegistryFullAccess: services("ecr:*", "cloudtrail:LookupEvents"),
  AmazonCognitoPowerUser: services("cognito-identity:*", "cognito-idp:*", "cognito-sync:*"),
  AWSAppSyncInvokeFullAccess: services("appsync:GraphQL", "appsync:GetGraphqlApi", "appsync:ListGraphqlApis"),
  "service-role/AWSLambdaBasicExecutionRole": services(...WRITE_LOGS),
  "service-role/AWSLambdaVPCAccessExecutionRole": [
    { Sid: "AWSLambdaVPCAccessExecutionPermissions", ...allow([...WRITE_LOGS, ...VPC_INTERFACES]) },
  ],
  "service-role/AWSLambdaENIManagementAccess": services(...VPC_INTERFACES),
  "service-role/AWSLambdaSQSQueueExecutionRole": services(
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    ...WRITE_LOGS,
  ),
  "service-role/AWSLambdaDynamoDBExecutionRole": services(
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    ...WRITE_LOGS,
  ),
  "service-role/AWSLambdaKinesisExecutionRole": services(
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kinesis:ListStreams",
    "kinesis:SubscribeToShard",
    ...WRITE_LOGS,
  ),
  "service-role/AWSLambdaMSKExecutionRole": services(
    "kafka:DescribeCluster",
    "kafka:DescribeClusterV2",
    "kafka:GetBootstrapBrokers",
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVpcs",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
    ...WRITE_LOGS,
  ),
  "service-role/AWSLambdaRole": services("lambda:InvokeFunction"),
  "service-role/AmazonAPIGatewayPushToCloudWatchLogs": services(
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
    "logs:GetLogEvents",
    "logs:FilterLogEvents",
  ),
  "service-role/AWSAppSyncPushToCloudWatchLogs": services(...WRITE_LOGS),
  "service-role/AmazonECSTaskExecutionRolePolicy": services(
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
  ),
  "service-role/AWSCodeDeployRoleForLambda": [
    allow([
      "cloudwatch:DescribeAlarms",
      "lambda:UpdateAlias",
      "lambda:GetAlias",
      "lambda:GetProvisionedConcurrencyConfig",
      "sns:Publish",
    ]),
    ...CODE_DEPLOY_READS,
  ],
  "service-role/AWSCodeDeployRoleForLambdaLimited": [
    allow([
      "cloudwatch:DescribeAlarms",
      "lambda:UpdateAlias",
      "lambda:GetAlias",
      "lambda:GetProvisionedConcurrencyConfig",
    ]),
    ...CODE_DEPLOY_READS,
  ],
  // Differs from AWS: the real documents name the reading actions that AWS Config needs one by one.
  "service-role/AWS_ConfigRole": [
    allow(READABLE.flatMap((name) => [`${name}:Describe*`, `${name}:Get*`, `${name}:List*`])),
  ],
  "service-role/AWSConfigRole": [
    allow(READABLE.flatMap((name) => [`${name}:Describe*`, `${name}:Get*`, `${name}:List*`])),
  ],
  "service-role/AWSConfigRulesExecutionRole": [
    allow("s3:GetObject", "arn:aws:s3:::*/AWSLogs/*/Config/*"),
    allow(["config:Put*", "config:Get*", "config:List*", "config:Describe*", "config:BatchGet*", "config:Select*"]),
  ],
  "service-role/AmazonSNSRole": services(...WRITE_LOGS, "logs:PutMetricFilter", "logs:PutRetentionPolicy"),
  "service-role/AmazonEC2RoleforSSM": services("ssm:*", "ssmmessages:*", "ec2messages:*"),
};

const CREATED_AT = Date.UTC(2015, 3, 9, 15, 3, 43);

/** Names of all policies of AWS that are known here, paths included. */
export const AWS_POLICY_NAMES: readonly string[] = Object.keys(POLICIES);

/** What the names of AWS's policies look like. */
const NAME = /^(?:(?:service-role|job-function|aws-service-role)\/)?[\w+=,.@-]{1,128}$/;

/**
 * A policy of AWS by its name, path included.
 * Differs from AWS: there are more than a thousand, and the documents of the most used are known here. Any other can be
 * attached all the same; it has no version, so that whoever asks for its document is told so.
 */
export function awsManagedPolicy(partition: string, fullName: string): AwsManagedPolicy | undefined {
  if (!NAME.test(fullName)) return undefined;
  const Statement = Object.hasOwn(POLICIES, fullName) ? POLICIES[fullName] : undefined;
  const slash = fullName.lastIndexOf("/");
  const text = JSON.stringify({ Version: "2012-10-17", Statement });
  const document = partition === "aws" ? text : text.replaceAll("arn:aws:", `arn:${partition}:`);
  return {
    arn: `arn:${partition}:iam::aws:policy/${fullName}`,
    id: `ANPA${derived(`aws managed policy ${fullName}`, 17)}`,
    name: fullName.slice(slash + 1),
    path: slash < 0 ? "/" : `/${fullName.slice(0, slash + 1)}`,
    createdAt: CREATED_AT,
    updatedAt: CREATED_AT,
    versions: Statement ? [{ id: "v1", document, createdAt: CREATED_AT }] : [],
    defaultVersion: "v1",
    lastVersion: 1,
    tags: {},
  };
}

/** A policy of AWS by its ARN. */
export function findAwsManagedPolicy(partition: string, arn: string): AwsManagedPolicy | undefined {
  const prefix = `arn:${partition}:iam::aws:policy/`;
  return arn.startsWith(prefix) ? awsManagedPolicy(partition, arn.slice(prefix.length)) : undefined;
}
