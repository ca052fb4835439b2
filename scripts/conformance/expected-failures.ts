/** Templates that do not come through, and why AWS would refuse them too. */

const RAIN = "It is made of Rain modules that are not in the corpus: only `rain pkg` makes a template of it.";
const RUNTIME = (name: string) => `Lambda has not made functions with the runtime ${name} since it was deprecated.`;
const ATTRIBUTE = (type: string) => `An output reads the attribute Name, which ${type} does not have.`;
const MANAGEMENT =
  "`RuntimeManagementConfig` is empty: the schema of AWS::Lambda::Function requires its `UpdateRuntimeOn`.";
const POLICY =
  "A policy's `Resource` is `Ref` of a replication group, which is its id: IAM takes ARNs and `*` only (MalformedPolicyDocument).";
const RULE =
  "The rule compares the two texts `Subnets` and `VpcId` with the VPC: the `!ValueOf` of the YAML form was lost when it was turned into JSON.";

/** By the name of the template. */
export const EXPECTED_FAILURES: Readonly<Record<string, string>> = {
  "cdk-examples/java__resource-overrides__src__resources__software__amazon__awscdk__examples__testResourceOverrides.expected.json":
    "An example of overrides that is compared and never deployed: it has a type AWS::S3::Bucketeer, and resources with unknown members.",
  "cloudformation-samples/hooks__publish.template.yaml":
    "AWS::CloudFormation::HookVersion requires `TypeName`, which the template does not give.",
  "cloudformation-samples/modules__S3BucketBlog__firehose.yaml":
    "It reads attributes of FirehoseDestinationKmsKey, which it does not define: a fragment to be completed.",
  "cloudformation-samples/resource-types__awssamples-ec2-importkeypair__python__examples__example-template-import-keypair.yaml":
    "Its type AWSSamples::EC2::ImportKeyPair is private: it exists only in an account that has registered it.",
  "cloudformation-templates/AWSSupplyChain__SapPrivateLink__SapPrivateLink.json": RULE,
  "cloudformation-templates/AWSSupplyChain__SapPrivateLink__SapPrivateLinkNoHostedZone.json": RULE,
  "cloudformation-templates/Solutions__ADConnector__templates__ADCONNECTOR.cfn.json":
    "The function's subnets are the words `PrivateSubnet1ID` and `PrivateSubnet2ID`, the names of two parameters: `Ref` was forgotten.",
  "cloudformation-templates/ElastiCache__Elasticache-snapshot.json": POLICY,
  "cloudformation-templates/ElastiCache__Elasticache-snapshot.yaml": POLICY,
  "cloudformation-templates/RainModules__static-site.yml": RAIN,
  "serverless-patterns/apigw-lambda-dynamodb-go-sam__template.yml": "There is no runtime `provided.al2023023`.",
  "serverless-patterns/apigw-lambda-memorydb__template.yaml": RUNTIME("java8"),
  "serverless-patterns/apigw-mutualtls-lambda__template.yaml":
    "It has `Globals` and AWS::Serverless resources, but does not declare their transform.",
  "serverless-patterns/apigw-route53-failover__template.yaml":
    "The API mapping depends neither on the domain name nor on the stage that it names: it is made before them.",
  "serverless-patterns/eventbridge-pipes-msk-iam-auth-to-lambda__producer.yaml":
    "AWS::Cloud9::EnvironmentEC2 requires `ImageId`, which the template does not give.",
  "serverless-patterns/lambda-s3-download__template.yaml": ATTRIBUTE("a function"),
  "serverless-test-samples/java-test-samples__fargate-lambda-stepfunction-async__integration-test__pocserverless-uc2-integrationTest-cloudwatch.yaml":
    MANAGEMENT,
  "serverless-test-samples/java-test-samples__fargate-lambda-stepfunction-async__integration-test__pocserverless-uc2-integrationTest-s3-upload.yaml":
    MANAGEMENT,
  "step-functions-workflows/eventbridge-custom-sam__template.yaml":
    "The queue has a property `Name`; AWS::SQS::Queue has `QueueName`.",
  "step-functions-workflows/generate-thumbnail__template.yaml": "A resource's type is `AWS-Events`, which is no type.",
  "step-functions-workflows/sfn-query-large-datasets-sam__template.yaml": ATTRIBUTE("a bucket"),
  "step-functions-workflows/simple-retry__template.yaml":
    "The bucket is called `ExampleS3Bucket`: names of buckets have no capital letters.",
  "step-functions-workflows/uml-statemachine__template.yaml": RUNTIME("python3.7"),
};
