/** What some templates need before they can be deployed, as they (or what lies beside them) say themselves. */
import type { JsonObject } from "../../packages/brume/src/cloudformation/template/template.js";

export interface Preparation {
  /** Words that the template's own script replaces, and blanks that are to be filled in. */
  readonly replaced?: Readonly<Record<string, string>>;
  /** Values of parameters that nobody can guess from their names. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** A template that is deployed before; its outputs are parameters of the one that is tried. */
  readonly beside?: JsonObject;
}

/** A REST API with one method, deployed to a stage. */
const REST_API: JsonObject = {
  Resources: {
    Api: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: "sample" } },
    Method: {
      Type: "AWS::ApiGateway::Method",
      Properties: {
        RestApiId: { Ref: "Api" },
        ResourceId: { "Fn::GetAtt": ["Api", "RootResourceId"] },
        HttpMethod: "GET",
        AuthorizationType: "NONE",
        Integration: { Type: "MOCK" },
      },
    },
    Deployment: {
      Type: "AWS::ApiGateway::Deployment",
      DependsOn: "Method",
      Properties: { RestApiId: { Ref: "Api" }, StageName: "dev" },
    },
  },
  Outputs: { ApiId: { Value: { Ref: "Api" } } },
};

/** A domain name whose API the template maps. */
const domainName = (DomainName: string): JsonObject => ({
  Resources: {
    Domain: {
      Type: "AWS::ApiGatewayV2::DomainName",
      Properties: {
        DomainName,
        DomainNameConfigurations: [
          {
            CertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/1234abcd-12ab-34cd-56ef-1234567890ab",
            EndpointType: "REGIONAL",
          },
        ],
      },
    },
  },
});

/** A VPC with subnets and a security group, whose ids are looked up by the template's rules. */
const NETWORK: JsonObject = {
  Resources: {
    Vpc: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: "10.0.0.0/16" } },
    First: { Type: "AWS::EC2::Subnet", Properties: { VpcId: { Ref: "Vpc" }, CidrBlock: "10.0.0.0/24" } },
    Second: { Type: "AWS::EC2::Subnet", Properties: { VpcId: { Ref: "Vpc" }, CidrBlock: "10.0.1.0/24" } },
    Group: {
      Type: "AWS::EC2::SecurityGroup",
      Properties: { VpcId: { Ref: "Vpc" }, GroupDescription: "sample" },
    },
  },
  Outputs: {
    VpcId: { Value: { Ref: "Vpc" } },
    Subnets: { Value: { "Fn::Join": [",", [{ Ref: "First" }, { Ref: "Second" }]] } },
    SecurityGroups: { Value: { "Fn::GetAtt": ["Group", "GroupId"] } },
  },
};

const SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1", "subnet-0123456789abcdef2"] as const;
const CLUSTER = "arn:aws:kafka:us-east-1:000000000000:cluster/sample/1234abcd-12ab-34cd-56ef-1234567890ab-1";
const SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:sample-AbCdEf";
const BROKER = "arn:aws:mq:us-east-1:000000000000:broker:sample:b-1234abcd-12ab-34cd-56ef-1234567890ab";

/** By the name of the template. */
export const PREPARATIONS: Readonly<Record<string, Preparation>> = {
  "cloudformation-samples/modules__ApiGatewayCustomDomain__fragments__apigw-custom-domain.json": { beside: REST_API },
  "cloudformation-templates/AWSSupplyChain__SapPrivateLink__SapPrivateLink.yaml": { beside: NETWORK },
  "cloudformation-templates/AWSSupplyChain__SapPrivateLink__SapPrivateLinkNoHostedZone.yaml": { beside: NETWORK },
  "cloudformation-templates/Solutions__ADConnector__templates__ADCONNECTOR.cfn.json": {
    parameters: { CreateADConnectorDomainMembersSG: "Yes" },
  },
  "cloudformation-templates/Solutions__VPCFlowLogs__templates__VPCFlowLogs-main.cfn.json": {
    parameters: { CreateVPCFlowLogsToCloudWatch: "Yes" },
  },
  "serverless-patterns/apigw-custom-domain-regional__template.yaml": {
    beside: REST_API,
    parameters: { Stage: "dev" },
  },
  "serverless-patterns/apigw-eventbridge__template.yml": { beside: domainName("dev-events.example.com") },
  "serverless-patterns/apigw-execution-access-logs__template.yaml": { parameters: { AccessLogGroup: "access" } },
  "serverless-patterns/apigw-rest-apigw-rest__template.yaml": {
    parameters: { ApiKeyValue: "sample-value-of-an-api-key" },
  },
  "serverless-patterns/cw-sns-secretsmanager__template.yaml": { parameters: { SNSEndpoint: "someone@example.com" } },
  "serverless-patterns/sfn-sns__template.yml": { parameters: { SNSEndpoint: "someone@example.com" } },
  "serverless-patterns/lambda-esm-msk-filters-sam__template.yaml": { parameters: { MSKStreamARN: CLUSTER } },
  "serverless-patterns/msk-cfn-sasl-lambda__template.yaml": { parameters: { MSkClusterId: CLUSTER } },
  "serverless-patterns/msk-lambda-schema-avro-java-sam__template_original.yaml": {
    replaced: { SUBNET_IDS: SUBNETS.join(","), LAMBDA_SECURITY_GROUP_ID: "sg-0123456789abcdef0" },
  },
  "serverless-patterns/lambda-layer-ssm-parameters__parameters__template.yml": {
    parameters: { ParameterPath: "/sample" },
  },
  "serverless-patterns/rabbitmq-lambda-sam-java__template.yaml": { parameters: { password: "Sample1234-Password" } },
  "serverless-patterns/rabbitmq-lambda__template.yaml": { replaced: { "<your_secret_arn>": SECRET } },
  "serverless-patterns/msk-lambda-iam-node-sam__template_original.yaml": { replaced: { NODEJS_VERSION: "nodejs22.x" } },
  "serverless-patterns/msk-lambda-iam-python-sam__template_original.yaml": {
    replaced: { PYTHON3_VERSION: "python3.13" },
  },
  "serverless-patterns/documentdb-lambda-java-sam__documentdb_streams_consumer_dynamo_sam__template_original.yaml": {
    replaced: {
      DOCDB_SECRET_ARN: SECRET,
      DOCDB_SECURITY_GROUP: "sg-0123456789abcdef0",
      DOCDB_SUBNET_ONE: SUBNETS[0],
      DOCDB_SUBNET_TWO: SUBNETS[1],
      DOCDB_SUBNET_THREE: SUBNETS[2],
      JAVA_VERSION: "java21",
    },
  },
  "serverless-patterns/rabbitmq-private-lambda-java-sam__rabbitmq_consumer_dynamo_sam__template_original.yaml": {
    replaced: {
      JAVA_VERSION: "java21",
      RABBITMQ_SECRET_ARN: SECRET,
      RABBITMQ_BROKER_ARN: BROKER,
      RABBITMQ_SUBNET_ONE: SUBNETS[0],
      RABBITMQ_SUBNET_TWO: SUBNETS[1],
      RABBITMQ_SUBNET_THREE: SUBNETS[2],
      "Default: SECURITY_GROUP": "Default: sg-0123456789abcdef0",
    },
  },
  "serverless-patterns/lambda-streaming-ttfb-write-sam-with-bedrock-streaming__template.yaml": {
    replaced: {
      "BEDROCK_AWS_ACCESS_KEY_ID:": "BEDROCK_AWS_ACCESS_KEY_ID: sample",
      "BEDROCK_AWS_SECRET_ACCESS_KEY:": "BEDROCK_AWS_SECRET_ACCESS_KEY: sample",
    },
  },
  "step-functions-workflows/github-repo-views-counter__template.yaml": { parameters: { GitHubSecret: "sample" } },
};
