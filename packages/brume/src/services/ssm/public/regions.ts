/** The regions of AWS and their availability zones, as the public parameters of the global infrastructure name them. */
import { partitionOf } from "../../../kernel/arn.js";

interface Region {
  readonly longName: string;
  readonly zones: number;
  /** Country and area, as ISO 3166 has them. */
  readonly country: string;
  readonly area: string;
}

const region = (longName: string, area: string, zones = 3): Region => ({
  longName,
  zones,
  country: area.slice(0, 2),
  area,
});

export const REGIONS: Readonly<Record<string, Region>> = {
  "af-south-1": region("Africa (Cape Town)", "ZA-WC"),
  "ap-east-1": region("Asia Pacific (Hong Kong)", "HK"),
  "ap-east-2": region("Asia Pacific (Taipei)", "TW-TPE"),
  "ap-northeast-1": region("Asia Pacific (Tokyo)", "JP-13"),
  "ap-northeast-2": region("Asia Pacific (Seoul)", "KR-11", 4),
  "ap-northeast-3": region("Asia Pacific (Osaka)", "JP-27"),
  "ap-south-1": region("Asia Pacific (Mumbai)", "IN-MH"),
  "ap-south-2": region("Asia Pacific (Hyderabad)", "IN-TG"),
  "ap-southeast-1": region("Asia Pacific (Singapore)", "SG"),
  "ap-southeast-2": region("Asia Pacific (Sydney)", "AU-NSW"),
  "ap-southeast-3": region("Asia Pacific (Jakarta)", "ID-JK"),
  "ap-southeast-4": region("Asia Pacific (Melbourne)", "AU-VIC"),
  "ap-southeast-5": region("Asia Pacific (Malaysia)", "MY"),
  "ap-southeast-6": region("Asia Pacific (New Zealand)", "NZ-AUK"),
  "ap-southeast-7": region("Asia Pacific (Thailand)", "TH-10"),
  "ca-central-1": region("Canada (Central)", "CA-QC"),
  "ca-west-1": region("Canada West (Calgary)", "CA-AB"),
  "cn-north-1": region("China (Beijing)", "CN-11"),
  "cn-northwest-1": region("China (Ningxia)", "CN-64"),
  "eu-central-1": region("Europe (Frankfurt)", "DE-HE"),
  "eu-central-2": region("Europe (Zurich)", "CH-ZH"),
  "eu-north-1": region("Europe (Stockholm)", "SE-AB"),
  "eu-south-1": region("Europe (Milan)", "IT-25"),
  "eu-south-2": region("Europe (Spain)", "ES-AR"),
  "eu-west-1": region("Europe (Ireland)", "IE-D"),
  "eu-west-2": region("Europe (London)", "GB-LND"),
  "eu-west-3": region("Europe (Paris)", "FR-IDF"),
  "il-central-1": region("Israel (Tel Aviv)", "IL-TA"),
  "me-central-1": region("Middle East (UAE)", "AE"),
  "me-south-1": region("Middle East (Bahrain)", "BH"),
  "mx-central-1": region("Mexico (Central)", "MX-QUE"),
  "sa-east-1": region("South America (Sao Paulo)", "BR-SP"),
  "us-east-1": region("US East (N. Virginia)", "US-VA", 6),
  "us-east-2": region("US East (Ohio)", "US-OH"),
  "us-gov-east-1": region("AWS GovCloud (US-East)", "US-OH"),
  "us-gov-west-1": region("AWS GovCloud (US-West)", "US-OR"),
  "us-west-1": region("US West (N. California)", "US-CA", 2),
  "us-west-2": region("US West (Oregon)", "US-OR", 4),
};

/** The ids of a region's availability zones, such as `use1-az1`. */
function zoneIds(code: string, { zones }: Region): string[] {
  const parts = code.split("-");
  const number = parts.pop() ?? "";
  const [area = "", ...sides] = parts;
  const short = sides.map((side) =>
    side.replace(/(north|south)?(east|west|central)?/, (_, a = "", b = "") => (a[0] ?? "") + (b[0] ?? "")),
  );
  const prefix = area + short.join("") + number;
  return Array.from({ length: zones }, (_, index) => `${prefix}-az${index + 1}`);
}

/** Services by the names that the parameters have for them. */
const SERVICES: Readonly<Record<string, string>> = {
  acm: "AWS Certificate Manager",
  apigateway: "Amazon API Gateway",
  appconfig: "AWS AppConfig",
  appsync: "AWS AppSync",
  athena: "Amazon Athena",
  backup: "AWS Backup",
  batch: "AWS Batch",
  bedrock: "Amazon Bedrock",
  cloudformation: "AWS CloudFormation",
  cloudfront: "Amazon CloudFront",
  cloudtrail: "AWS CloudTrail",
  cloudwatch: "Amazon CloudWatch",
  codebuild: "AWS CodeBuild",
  codedeploy: "AWS CodeDeploy",
  codepipeline: "AWS CodePipeline",
  "cognito-idp": "Amazon Cognito User Pools",
  config: "AWS Config",
  dms: "AWS Database Migration Service",
  docdb: "Amazon DocumentDB (with MongoDB compatibility)",
  dynamodb: "Amazon DynamoDB",
  ebs: "Amazon Elastic Block Store",
  ec2: "Amazon Elastic Compute Cloud (EC2)",
  ecr: "Amazon Elastic Container Registry (ECR)",
  ecs: "Amazon Elastic Container Service (ECS)",
  efs: "Amazon Elastic File System (EFS)",
  eks: "Amazon Elastic Kubernetes Service (EKS)",
  elasticache: "Amazon ElastiCache",
  elasticbeanstalk: "AWS Elastic Beanstalk",
  elb: "Elastic Load Balancing",
  emr: "Amazon EMR",
  es: "Amazon OpenSearch Service",
  eventbridge: "Amazon EventBridge",
  fargate: "AWS Fargate",
  firehose: "Amazon Data Firehose",
  fsx: "Amazon FSx",
  glue: "AWS Glue",
  guardduty: "Amazon GuardDuty",
  iam: "AWS Identity and Access Management (IAM)",
  iot: "AWS IoT Core",
  kafka: "Amazon Managed Streaming for Apache Kafka (MSK)",
  kinesis: "Amazon Kinesis Data Streams",
  kms: "AWS Key Management Service",
  lambda: "AWS Lambda",
  logs: "Amazon CloudWatch Logs",
  mq: "Amazon MQ",
  neptune: "Amazon Neptune",
  organizations: "AWS Organizations",
  pinpoint: "Amazon Pinpoint",
  ram: "AWS Resource Access Manager (RAM)",
  rds: "Amazon Relational Database Service (RDS)",
  redshift: "Amazon Redshift",
  route53: "Amazon Route 53",
  s3: "Amazon Simple Storage Service (S3)",
  sagemaker: "Amazon SageMaker",
  secretsmanager: "AWS Secrets Manager",
  ses: "Amazon Simple Email Service (SES)",
  sns: "Amazon Simple Notification Service (SNS)",
  sqs: "Amazon Simple Queue Service (SQS)",
  ssm: "AWS Systems Manager",
  stepfunctions: "AWS Step Functions",
  sts: "AWS Security Token Service (STS)",
  transfer: "AWS Transfer Family",
  vpc: "Amazon Virtual Private Cloud (VPC)",
  waf: "AWS WAF",
  xray: "AWS X-Ray",
};

/** The parameters of the global infrastructure: the same in every region. */
// Differs from AWS: these are some of the services, each in every region.
export function infrastructureParameters(): [name: string, value: string][] {
  const root = "/aws/service/global-infrastructure";
  const found: [string, string][] = [];
  for (const [code, one] of Object.entries(REGIONS)) {
    const { name, dnsSuffix } = partitionOf(code);
    const path = `${root}/regions/${code}`;
    found.push([path, code], [`${path}/domain`, dnsSuffix], [`${path}/partition`, name]);
    found.push([`${path}/longName`, one.longName]);
    found.push([`${path}/geolocationCountry`, one.country], [`${path}/geolocationRegion`, one.area]);
    for (const zone of zoneIds(code, one)) {
      found.push([`${path}/availability-zones/${zone}`, zone], [`${root}/availability-zones/${zone}`, zone]);
      found.push([`${root}/availability-zones/${zone}/parentRegion`, code]);
    }
    for (const service of Object.keys(SERVICES)) {
      const offered = `${root}/services/${service}/regions/${code}`;
      found.push([`${path}/services/${service}`, service], [offered, code]);
      found.push([`${offered}/endpoint`, `${service}.${code}.${dnsSuffix}`], [`${offered}/protocols`, "HTTPS"]);
    }
  }
  for (const [service, longName] of Object.entries(SERVICES)) {
    found.push([`${root}/services/${service}`, service], [`${root}/services/${service}/longName`, longName]);
  }
  return found;
}
