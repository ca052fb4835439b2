/** The ARNs of AWS's managed policies, by their names. */
import type { ServerlessScope } from "./expansion.js";

/** Managed policies for roles of services, whose ARNs have a path, as far as functions and state machines use them. */
const SERVICE_ROLE = new Set([
  "AWSAppRunnerServicePolicyForECRAccess",
  "AWSAppSyncPushToCloudWatchLogs",
  "AWSBackupServiceRolePolicyForBackup",
  "AWSBackupServiceRolePolicyForRestores",
  "AWSBatchServiceEventTargetRole",
  "AWSBatchServiceRole",
  "AWSCodeDeployRole",
  "AWSCodeDeployRoleForCloudFormation",
  "AWSCodeDeployRoleForLambda",
  "AWSCodeDeployRoleForLambdaLimited",
  "AWSConfigRulesExecutionRole",
  "AWSGlueServiceRole",
  "AWSIoTLogging",
  "AWSIoTRuleActions",
  "AWSIoTThingsRegistration",
  "AWSLambdaBasicDurableExecutionRolePolicy",
  "AWSLambdaBasicExecutionRole",
  "AWSLambdaDynamoDBExecutionRole",
  "AWSLambdaENIManagementAccess",
  "AWSLambdaKinesisExecutionRole",
  "AWSLambdaMSKExecutionRole",
  "AWSLambdaRole",
  "AWSLambdaSQSQueueExecutionRole",
  "AWSLambdaVPCAccessExecutionRole",
  "AWS_ConfigRole",
  "AmazonAPIGatewayPushToCloudWatchLogs",
  "AmazonEC2ContainerServiceAutoscaleRole",
  "AmazonEC2ContainerServiceEventsRole",
  "AmazonEC2ContainerServiceRole",
  "AmazonEC2ContainerServiceforEC2Role",
  "AmazonEC2RoleforSSM",
  "AmazonECSTaskExecutionRolePolicy",
  "AmazonElasticMapReduceRole",
  "AmazonElasticMapReduceforEC2Role",
  "AmazonElasticTranscoderRole",
  "AmazonRDSEnhancedMonitoringRole",
  "AmazonRekognitionServiceRole",
  "AmazonS3ObjectLambdaExecutionRolePolicy",
  "AmazonSNSRole",
  "AmazonSSMAutomationRole",
  "AmazonSSMMaintenanceWindowRole",
  "AmazonTextractServiceRole",
  "CloudWatchEventsBuiltInTargetExecutionAccess",
  "CloudWatchEventsInvocationAccess",
  "ComprehendDataAccessRolePolicy",
]);

const JOB_FUNCTION = new Set([
  "Billing",
  "DataScientist",
  "DatabaseAdministrator",
  "NetworkAdministrator",
  "SupportUser",
  "SystemAdministrator",
  "ViewOnlyAccess",
]);

/** The ARN of a managed policy; an ARN stays as it is. */
export function managedPolicyArn(name: string, { partition }: ServerlessScope): string {
  if (name.startsWith("arn:") || name.startsWith("{{resolve:")) return name;
  const path = SERVICE_ROLE.has(name) ? "service-role/" : JOB_FUNCTION.has(name) ? "job-function/" : "";
  // Differs from AWS: SAM leaves names alone that it does not know, and IAM then refuses them as no ARN.
  return `arn:${partition}:iam::aws:policy/${path}${name}`;
}

/** The managed policy that lets X-Ray have traces. */
export function tracingPolicy({ partition }: ServerlessScope): string {
  return partition === "aws" ? "AWSXrayWriteOnlyAccess" : "AWSXRayDaemonWriteAccess";
}
