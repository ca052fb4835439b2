/** Every service there is: one entry each. Services load on first use. */
import type { Registry } from "./kernel/cloud.js";

/** Custom domain names of APIs: any host that is none of AWS's, and a path for clients that cannot set the host. */
const DOMAIN_NAMES = {
  "domain name by path": { path: /^\/_aws\/domain\/(?<domain>[^/]+)/ },
  "domain name by host": {
    host: /^(?!.*\.amazonaws\.com(?:\.cn)?(?::|$))(?!\d+(?:\.\d+){3}(?::|$))(?<domain>[\w-]+(?:\.[\w-]+)+)/,
    optional: true,
  },
} as const;

export const registry: Registry = {
  "api-gateway": {
    load: () => import("./services/api-gateway/index.js"),
    types: ["AWS::ApiGateway"],
    endpoints: {
      "execute-api by path": { path: /^\/_aws\/execute-api\/(?<apiId>[a-z0-9]+)/ },
      "execute-api by host": { host: /^(?<apiId>[a-z0-9]+)\.execute-api\./ },
      ...DOMAIN_NAMES,
    },
    localUrls: [
      {
        pattern: /^([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?(?=\/|$)/,
        path: "/_aws/execute-api/$1",
      },
    ],
  },
  apigatewaymanagementapi: { load: () => import("./services/apigatewaymanagementapi/index.js") },
  apigatewayv2: {
    load: () => import("./services/apigatewayv2/index.js"),
    types: ["AWS::ApiGatewayV2"],
    endpoints: {
      "execute-api by path": { path: /^\/_aws\/execute-api\/(?<apiId>[a-z0-9]+)/ },
      "execute-api by host": { host: /^(?<apiId>[a-z0-9]+)\.execute-api\./ },
      ...DOMAIN_NAMES,
    },
  },
  cloudcontrol: { load: () => import("./cloudformation/cloud-control/index.js") },
  cloudformation: {
    load: () => import("./cloudformation/index.js"),
    endpoints: {
      responses: { path: /^\/_aws\/cloudformation-response\/(?<token>[a-z0-9-]+)/ },
      stacks: { path: /^\/_aws\/cloudformation-stacks$/ },
    },
  },
  cloudwatch: { load: () => import("./services/cloudwatch/index.js"), types: ["AWS::CloudWatch"] },
  "cloudwatch-logs": { load: () => import("./services/cloudwatch-logs/index.js"), types: ["AWS::Logs"] },
  dynamodb: { load: () => import("./services/dynamodb/index.js"), types: ["AWS::DynamoDB"] },
  "dynamodb-streams": { load: () => import("./services/dynamodb-streams/index.js") },
  ecr: {
    load: () => import("./services/ecr/index.js"),
    types: ["AWS::ECR"],
    endpoints: {
      // HTTP APIs have operations below the same path: the endpoint leaves signed requests to them.
      registry: { path: /^\/v2(?=\/|$)/, optional: true },
      "layer download": { path: /^\/_aws\/ecr-layer\/(?<digest>sha256:[0-9a-f]{64})$/ },
    },
  },
  iam: { load: () => import("./services/iam/index.js"), types: ["AWS::IAM"] },
  kms: { load: () => import("./services/kms/index.js"), types: ["AWS::KMS"] },
  lambda: {
    load: () => import("./services/lambda/index.js"),
    types: ["AWS::Lambda"],
    endpoints: {
      "function URL by path": { path: /^\/_aws\/lambda-url\/(?<urlId>[a-z0-9]+)/ },
      "function URL by host": { host: /^(?<urlId>[a-z0-9]+)\.lambda-url\./ },
    },
  },
  s3: {
    load: () => import("./services/s3/index.js"),
    types: ["AWS::S3", "Custom::CDKBucketDeployment", "Custom::S3BucketNotifications"],
    localUrls: [
      {
        pattern: /^([a-z0-9][a-z0-9.-]+)\.s3-website[.-][a-z0-9-]+\.amazonaws\.com(?:\.cn)?(?=\/|$)/,
        path: "/_aws/s3-website/$1",
      },
    ],
    virtualHost: /^(?!s3\.[^/]*localhost)(.+?)\.(?:s3[.-]|localhost(?::\d+)?$)/,
    answersUnsigned: true,
    endpoints: {
      "website by path": { path: /^\/_aws\/s3-website\/(?<bucket>[^/]+)/ },
      "website by host": { host: /^(?<bucket>.+?)\.s3-website[.-]/ },
      preflight: { method: "OPTIONS" },
      "form upload": { method: "POST", contentType: "multipart/form-data", optional: true },
    },
  },
  "secrets-manager": { load: () => import("./services/secrets-manager/index.js"), types: ["AWS::SecretsManager"] },
  sns: {
    load: () => import("./services/sns/index.js"),
    types: ["AWS::SNS"],
    endpoints: {
      "signing certificate": { path: /^\/_aws\/sns\/SimpleNotificationService-(?<id>[0-9a-f]+)\.pem$/ },
    },
  },
  sqs: { load: () => import("./services/sqs/index.js"), types: ["AWS::SQS"] },
  ssm: { load: () => import("./services/ssm/index.js"), types: ["AWS::SSM"] },
  sts: {
    load: () => import("./services/sts/index.js"),
    endpoints: { "token issuer": { path: /^\/_aws\/sts-tokens\/(?<issuer>[0-9a-f-]+)/ } },
    localUrls: [{ pattern: /^([0-9a-f-]+)\.tokens\.sts\.global\.api\.aws(?=\/|$)/, path: "/_aws/sts-tokens/$1" }],
  },
};
