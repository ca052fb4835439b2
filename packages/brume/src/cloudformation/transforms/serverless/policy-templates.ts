/** SAM's policy templates. See "AWS SAM policy template list". */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { invalidResource } from "./errors.js";
import { sub } from "./intrinsics.js";

/**
 * A statement that allows: the actions, whose service is written once and is that of the resources as well, the ARNs'
 * last part with the template's parameters in braces, and keys that must equal an ARN (`service:last part`).
 */
type Statement = readonly [
  actions: string,
  resources: string | readonly string[],
  conditions?: Readonly<Record<string, string>>,
];

/** Services whose ARNs name neither region nor account. */
const GLOBAL_SERVICES = new Set(["s3", "route53"]);

const TEMPLATES: Readonly<Record<string, readonly Statement[]>> = {
  AMIDescribePolicy: [["ec2:DescribeImages", "*"]],
  AWSSecretsManagerGetSecretValuePolicy: [["secretsmanager:GetSecretValue", "{SecretArn}"]],
  AWSSecretsManagerRotationPolicy: [
    [
      "secretsmanager:DescribeSecret GetSecretValue PutSecretValue UpdateSecretVersionStage",
      "secret:*",
      { "secretsmanager:resource/AllowRotationLambdaArn": "lambda:function:{FunctionName}" },
    ],
    ["secretsmanager:GetRandomPassword", "*"],
  ],
  AcmGetCertificatePolicy: [["acm:GetCertificate", "{CertificateArn}"]],
  AthenaQueryPolicy: [
    [
      `athena:ListWorkGroups GetExecutionEngine GetExecutionEngines GetNamespace GetCatalogs GetNamespaces
      GetTables GetTable`,
      "*",
    ],
    [
      `athena:StartQueryExecution GetQueryResults DeleteNamedQuery GetNamedQuery ListQueryExecutions
      StopQueryExecution GetQueryResultsStream ListNamedQueries CreateNamedQuery GetQueryExecution
      BatchGetNamedQuery BatchGetQueryExecution GetWorkGroup`,
      "workgroup/{WorkGroupName}",
    ],
  ],
  CloudFormationDescribeStacksPolicy: [["cloudformation:DescribeStacks", "stack/*"]],
  CloudWatchDashboardPolicy: [["cloudwatch:GetDashboard ListDashboards PutDashboard ListMetrics", "*"]],
  CloudWatchDescribeAlarmHistoryPolicy: [["cloudwatch:DescribeAlarmHistory", "*"]],
  CloudWatchPutMetricPolicy: [["cloudwatch:PutMetricData", "*"]],
  CodeCommitCrudPolicy: [
    [
      `codecommit:GitPull GitPush CreateBranch DeleteBranch GetBranch ListBranches MergeBranchesByFastForward
      MergeBranchesBySquash MergeBranchesByThreeWay UpdateDefaultBranch BatchDescribeMergeConflicts
      CreateUnreferencedMergeCommit DescribeMergeConflicts GetMergeCommit GetMergeOptions BatchGetPullRequests
      CreatePullRequest DescribePullRequestEvents GetCommentsForPullRequest GetCommitsFromMergeBase
      GetMergeConflicts GetPullRequest ListPullRequests MergePullRequestByFastForward MergePullRequestBySquash
      MergePullRequestByThreeWay PostCommentForPullRequest UpdatePullRequestDescription
      UpdatePullRequestStatus UpdatePullRequestTitle DeleteFile GetBlob GetFile GetFolder PutFile
      DeleteCommentContent GetComment GetCommentsForComparedCommit PostCommentForComparedCommit
      PostCommentReply UpdateComment BatchGetCommits CreateCommit GetCommit GetCommitHistory GetDifferences
      GetObjectIdentifier GetReferences GetTree GetRepository UpdateRepositoryDescription ListTagsForResource
      TagResource UntagResource GetRepositoryTriggers PutRepositoryTriggers TestRepositoryTriggers GetBranch
      GetCommit UploadArchive GetUploadArchiveStatus CancelUploadArchive`,
      "{RepositoryName}",
    ],
  ],
  CodeCommitReadPolicy: [
    [
      `codecommit:GitPull GetBranch ListBranches BatchDescribeMergeConflicts DescribeMergeConflicts
      GetMergeCommit GetMergeOptions BatchGetPullRequests DescribePullRequestEvents GetCommentsForPullRequest
      GetCommitsFromMergeBase GetMergeConflicts GetPullRequest ListPullRequests GetBlob GetFile GetFolder
      GetComment GetCommentsForComparedCommit BatchGetCommits GetCommit GetCommitHistory GetDifferences
      GetObjectIdentifier GetReferences GetTree GetRepository ListTagsForResource GetRepositoryTriggers
      TestRepositoryTriggers GetBranch GetCommit GetUploadArchiveStatus`,
      "{RepositoryName}",
    ],
  ],
  CodePipelineLambdaExecutionPolicy: [["codepipeline:PutJobSuccessResult PutJobFailureResult", "*"]],
  CodePipelineReadOnlyPolicy: [["codepipeline:ListPipelineExecutions", "{PipelineName}"]],
  ComprehendBasicAccessPolicy: [
    [
      `comprehend:BatchDetectKeyPhrases DetectDominantLanguage DetectEntities BatchDetectEntities
      DetectKeyPhrases DetectSentiment BatchDetectDominantLanguage BatchDetectSentiment`,
      "*",
    ],
  ],
  CostExplorerReadOnlyPolicy: [
    [
      `ce:GetCostAndUsage GetDimensionValues GetReservationCoverage GetReservationPurchaseRecommendation
      GetReservationUtilization GetTags`,
      "*",
    ],
  ],
  DynamoDBBackupFullAccessPolicy: [
    ["dynamodb:CreateBackup DescribeContinuousBackups", "table/{TableName}"],
    ["dynamodb:DeleteBackup DescribeBackup ListBackups", "table/{TableName}/backup/*"],
  ],
  DynamoDBCrudPolicy: [
    [
      `dynamodb:GetItem DeleteItem PutItem Scan Query UpdateItem BatchWriteItem BatchGetItem DescribeTable
      ConditionCheckItem`,
      ["table/{TableName}", "table/{TableName}/index/*"],
    ],
  ],
  DynamoDBReadPolicy: [
    ["dynamodb:GetItem Scan Query BatchGetItem DescribeTable", ["table/{TableName}", "table/{TableName}/index/*"]],
  ],
  DynamoDBReconfigurePolicy: [["dynamodb:UpdateTable", "table/{TableName}"]],
  DynamoDBRestoreFromBackupPolicy: [
    ["dynamodb:RestoreTableFromBackup", "table/{TableName}/backup/*"],
    ["dynamodb:PutItem UpdateItem DeleteItem GetItem Query Scan BatchWriteItem", "table/{TableName}"],
  ],
  DynamoDBStreamReadPolicy: [
    ["dynamodb:DescribeStream GetRecords GetShardIterator", "table/{TableName}/stream/{StreamName}"],
    ["dynamodb:ListStreams", "table/{TableName}/stream/*"],
  ],
  DynamoDBWritePolicy: [
    ["dynamodb:PutItem UpdateItem BatchWriteItem", ["table/{TableName}", "table/{TableName}/index/*"]],
  ],
  EC2CopyImagePolicy: [["ec2:CopyImage", "image/{ImageId}"]],
  EC2DescribePolicy: [["ec2:DescribeRegions DescribeInstances", "*"]],
  EFSWriteAccessPolicy: [
    [
      "elasticfilesystem:ClientMount ClientWrite",
      "file-system/{FileSystem}",
      { "elasticfilesystem:AccessPointArn": "elasticfilesystem:access-point/{AccessPoint}" },
    ],
  ],
  EKSDescribePolicy: [["eks:DescribeCluster ListClusters", "*"]],
  EcsRunTaskPolicy: [["ecs:RunTask", "task-definition/{TaskDefinition}"]],
  ElasticMapReduceAddJobFlowStepsPolicy: [["elasticmapreduce:AddJobFlowSteps", "cluster/{ClusterId}"]],
  ElasticMapReduceCancelStepsPolicy: [["elasticmapreduce:CancelSteps", "cluster/{ClusterId}"]],
  ElasticMapReduceModifyInstanceFleetPolicy: [
    ["elasticmapreduce:ModifyInstanceFleet ListInstanceFleets", "cluster/{ClusterId}"],
  ],
  ElasticMapReduceModifyInstanceGroupsPolicy: [
    ["elasticmapreduce:ModifyInstanceGroups ListInstanceGroups", "cluster/{ClusterId}"],
  ],
  ElasticMapReduceSetTerminationProtectionPolicy: [
    ["elasticmapreduce:SetTerminationProtection", "cluster/{ClusterId}"],
  ],
  ElasticMapReduceTerminateJobFlowsPolicy: [["elasticmapreduce:TerminateJobFlows", "cluster/{ClusterId}"]],
  ElasticsearchHttpPostPolicy: [["es:ESHttpPost ESHttpPut", "domain/{DomainName}/*"]],
  EventBridgePutEventsPolicy: [["events:PutEvents", "event-bus/{EventBusName}"]],
  FilterLogEventsPolicy: [["logs:FilterLogEvents", "log-group:{LogGroupName}:log-stream:*"]],
  FirehoseCrudPolicy: [
    [
      `firehose:CreateDeliveryStream DeleteDeliveryStream DescribeDeliveryStream PutRecord PutRecordBatch
      UpdateDestination`,
      "deliverystream/{DeliveryStreamName}",
    ],
  ],
  FirehoseWritePolicy: [["firehose:PutRecord PutRecordBatch", "deliverystream/{DeliveryStreamName}"]],
  KMSDecryptPolicy: [["kms:Decrypt", "key/{KeyId}"]],
  KMSEncryptPolicy: [["kms:Encrypt", "key/{KeyId}"]],
  KMSEncryptPolicy_v2: [
    [
      `kms:Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateDataKeyPair
      GenerateDataKeyPairWithoutPlaintext`,
      "key/{KeyId}",
    ],
  ],
  KinesisCrudPolicy: [
    [
      `kinesis:AddTagsToStream CreateStream DecreaseStreamRetentionPeriod DeleteStream DescribeStream
      DescribeStreamSummary GetShardIterator IncreaseStreamRetentionPeriod ListTagsForStream MergeShards
      PutRecord PutRecords SplitShard RemoveTagsFromStream`,
      "stream/{StreamName}",
    ],
  ],
  KinesisStreamReadPolicy: [
    ["kinesis:ListStreams DescribeLimits", "stream/*"],
    ["kinesis:DescribeStream DescribeStreamSummary GetRecords GetShardIterator", "stream/{StreamName}"],
  ],
  LambdaInvokePolicy: [["lambda:InvokeFunction", "function:{FunctionName}*"]],
  MobileAnalyticsWriteOnlyAccessPolicy: [["mobileanalytics:PutEvents", "*"]],
  OrganizationsListAccountsPolicy: [["organizations:ListAccounts", "*"]],
  PinpointEndpointAccessPolicy: [
    ["mobiletargeting:GetEndpoint UpdateEndpoint UpdateEndpointsBatch", "apps/{PinpointApplicationId}/endpoints/*"],
  ],
  PollyFullAccessPolicy: [
    ["polly:GetLexicon DeleteLexicon", ["lexicon/{LexiconName}"]],
    ["polly:DescribeVoices ListLexicons PutLexicon SynthesizeSpeech", ["lexicon/*"]],
  ],
  RekognitionDetectOnlyPolicy: [["rekognition:DetectFaces DetectLabels DetectModerationLabels DetectText", "*"]],
  RekognitionFacesManagementPolicy: [
    ["rekognition:IndexFaces DeleteFaces SearchFaces SearchFacesByImage ListFaces", "collection/{CollectionId}"],
  ],
  RekognitionFacesPolicy: [["rekognition:CompareFaces DetectFaces", "*"]],
  RekognitionLabelsPolicy: [["rekognition:DetectLabels DetectModerationLabels", "*"]],
  RekognitionNoDataAccessPolicy: [
    ["rekognition:CompareFaces DetectFaces DetectLabels DetectModerationLabels", "collection/{CollectionId}"],
  ],
  RekognitionReadPolicy: [
    ["rekognition:ListCollections ListFaces SearchFaces SearchFacesByImage", "collection/{CollectionId}"],
  ],
  RekognitionWriteOnlyAccessPolicy: [["rekognition:CreateCollection IndexFaces", "collection/{CollectionId}"]],
  Route53ChangeResourceRecordSetsPolicy: [["route53:ChangeResourceRecordSets", "hostedzone/{HostedZoneId}"]],
  S3CrudPolicy: [
    [
      `s3:GetObject ListBucket GetBucketLocation GetObjectVersion PutObject PutObjectAcl
      GetLifecycleConfiguration PutLifecycleConfiguration DeleteObject`,
      ["{BucketName}", "{BucketName}/*"],
    ],
  ],
  S3FullAccessPolicy: [
    [
      `s3:GetObject GetObjectAcl GetObjectVersion PutObject PutObjectAcl DeleteObject DeleteObjectTagging
      DeleteObjectVersionTagging GetObjectTagging GetObjectVersionTagging PutObjectTagging
      PutObjectVersionTagging`,
      ["{BucketName}/*"],
    ],
    ["s3:ListBucket GetBucketLocation GetLifecycleConfiguration PutLifecycleConfiguration", ["{BucketName}"]],
  ],
  S3ReadPolicy: [
    [
      "s3:GetObject ListBucket GetBucketLocation GetObjectVersion GetLifecycleConfiguration",
      ["{BucketName}", "{BucketName}/*"],
    ],
  ],
  S3WritePolicy: [["s3:PutObject PutObjectAcl PutLifecycleConfiguration", ["{BucketName}", "{BucketName}/*"]]],
  SESBulkTemplatedCrudPolicy: [
    [
      `ses:GetIdentityVerificationAttributes SendEmail SendRawEmail SendTemplatedEmail SendBulkTemplatedEmail
      VerifyEmailIdentity`,
      "identity/{IdentityName}",
    ],
  ],
  SESBulkTemplatedCrudPolicy_v2: [
    [
      "ses:SendEmail SendRawEmail SendTemplatedEmail SendBulkTemplatedEmail",
      ["identity/{IdentityName}", "template/{TemplateName}"],
    ],
    ["ses:GetIdentityVerificationAttributes VerifyEmailIdentity", "*"],
  ],
  SESCrudPolicy: [
    ["ses:GetIdentityVerificationAttributes SendEmail SendRawEmail VerifyEmailIdentity", "identity/{IdentityName}"],
  ],
  SESEmailTemplateCrudPolicy: [
    ["ses:CreateTemplate GetTemplate ListTemplates UpdateTemplate DeleteTemplate TestRenderTemplate", "*"],
  ],
  SESSendBouncePolicy: [["ses:SendBounce", "identity/{IdentityName}"]],
  SNSCrudPolicy: [["sns:ListSubscriptionsByTopic CreateTopic SetTopicAttributes Subscribe Publish", "{TopicName}*"]],
  SNSPublishMessagePolicy: [["sns:Publish", "{TopicName}"]],
  SQSPollerPolicy: [
    [
      `sqs:ChangeMessageVisibility ChangeMessageVisibilityBatch DeleteMessage DeleteMessageBatch
      GetQueueAttributes ReceiveMessage`,
      "{QueueName}",
    ],
  ],
  SQSSendMessagePolicy: [["sqs:SendMessage*", "{QueueName}"]],
  SSMParameterReadPolicy: [
    ["ssm:DescribeParameters", "*"],
    ["ssm:GetParameters GetParameter GetParametersByPath", "parameter/{ParameterName}"],
  ],
  SSMParameterWithSlashPrefixReadPolicy: [
    ["ssm:DescribeParameters", "*"],
    ["ssm:GetParameters GetParameter GetParametersByPath", "parameter{ParameterName}"],
  ],
  SageMakerCreateEndpointConfigPolicy: [["sagemaker:CreateEndpointConfig", "endpoint-config/{EndpointConfigName}"]],
  SageMakerCreateEndpointPolicy: [["sagemaker:CreateEndpoint", "endpoint/{EndpointName}"]],
  ServerlessRepoReadWriteAccessPolicy: [
    [
      `serverlessrepo:CreateApplication CreateApplicationVersion UpdateApplication GetApplication
      ListApplications ListApplicationVersions ListApplicationDependencies`,
      ["applications/*"],
    ],
  ],
  StepFunctionsCallbackPolicy: [
    ["states:SendTaskFailure SendTaskHeartbeat SendTaskSuccess", "stateMachine:{StateMachineName}"],
  ],
  StepFunctionsExecutionPolicy: [["states:StartExecution", "stateMachine:{StateMachineName}"]],
  StepFunctionsExecutionPolicy_v2: [["states:StartExecution StartSyncExecution", "stateMachine:{StateMachineName}"]],
  TextractDetectAnalyzePolicy: [
    ["textract:DetectDocumentText StartDocumentTextDetection StartDocumentAnalysis AnalyzeDocument", "*"],
  ],
  TextractGetResultPolicy: [["textract:GetDocumentTextDetection GetDocumentAnalysis", "*"]],
  TextractPolicy: [["textract:*", "*"]],
  VPCAccessPolicy: [
    ["ec2:CreateNetworkInterface DeleteNetworkInterface DescribeNetworkInterfaces DetachNetworkInterface", "*"],
  ],
};

/** Whether a policy is a template's name and its parameters. */
export function isPolicyTemplate(policy: JsonObject): boolean {
  const [name, second] = Object.keys(policy);
  return name !== undefined && second === undefined && Object.hasOwn(TEMPLATES, name);
}

/** The policy document of a template. @throws Mistake where parameters are missing */
export function fillTemplate(id: string, policy: JsonObject): JsonObject {
  const [[name, parameters] = ["", null]] = Object.entries(policy);
  const statements = TEMPLATES[name] ?? [];
  if (!isObject(parameters)) {
    throw invalidResource(id, `Must specify valid parameter values for policy template '${name}'`);
  }
  const required = [...new Set(JSON.stringify(statements).match(/(?<=\{)\w+(?=\})/g) ?? [])];
  const missing = required.filter((one) => !Object.hasOwn(parameters, one));
  if (missing.length > 0) {
    const list = missing.map((one) => `'${one}'`).join(", ");
    throw invalidResource(id, `Following required parameters of template '${name}' don't have values: [${list}]`);
  }
  return { Statement: statements.map((statement) => fillStatement(statement, parameters)) };
}

function fillStatement([actions, resources, conditions]: Statement, parameters: JsonObject): JsonObject {
  const [service = "", names = ""] = actions.split(":");
  const arn = (one: string) => fill(service, one, parameters);
  const filled: JsonObject = {
    Effect: "Allow",
    Action: names.split(/\s+/).map((action) => `${service}:${action}`),
    Resource: typeof resources === "string" ? arn(resources) : resources.map(arn),
  };
  const [[key, value] = ["", ""]] = Object.entries(conditions ?? {});
  if (key === "") return filled;
  const colon = value.indexOf(":");
  return {
    ...filled,
    Condition: { StringEquals: { [key]: fill(value.slice(0, colon), value.slice(colon + 1), parameters) } },
  };
}

function fill(service: string, pattern: string, parameters: JsonObject): Json {
  if (pattern === "*") return "*";
  const variables: JsonObject = {};
  const text = pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    const variable = name.charAt(0).toLowerCase() + name.slice(1);
    variables[variable] = parameters[name] as Json;
    return `\${${variable}}`;
  });
  const place = GLOBAL_SERVICES.has(service) ? "::" : "${AWS::Region}:${AWS::AccountId}:";
  const arn = /^\{\w+Arn\}$/.test(pattern) ? text : `arn:\${AWS::Partition}:${service}:${place}${text}`;
  return Object.keys(variables).length > 0 ? sub(arn, variables) : sub(arn);
}
