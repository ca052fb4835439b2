import { CfnOutput, CustomResource, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { LambdaRestApi } from "aws-cdk-lib/aws-apigateway";
import { Code, Function, Runtime } from "aws-cdk-lib/aws-lambda";
import { BlockPublicAccess, Bucket } from "aws-cdk-lib/aws-s3";
import { Topic } from "aws-cdk-lib/aws-sns";
import { SqsSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import { Provider } from "aws-cdk-lib/custom-resources";
import type { Construct } from "constructs";
import { HitCounter } from "./hit-counter.js";

export class HitCounterStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const greeting = new StringParameter(this, "Greeting", {
      stringValue: String(this.node.tryGetContext("greeting") ?? "Hello!"),
    });
    const hello = new Function(this, "HelloHandler", {
      runtime: Runtime.NODEJS_22_X,
      handler: "hello.handler",
      code: Code.fromAsset("lambda"),
      environment: { GREETING_PARAMETER: greeting.parameterName },
    });
    greeting.grantRead(hello);

    const counter = new HitCounter(this, "HelloHitCounter", { downstream: hello });
    const api = new LambdaRestApi(this, "Endpoint", { handler: counter.handler });

    const uploads = new Bucket(this, "Uploads", {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    });
    const inbox = new Queue(this, "Inbox");
    const news = new Topic(this, "News");
    news.addSubscription(new SqsSubscription(inbox, { rawMessageDelivery: true }));

    const seeder = new Function(this, "Seeder", {
      runtime: Runtime.NODEJS_22_X,
      handler: "seed.onEvent",
      code: Code.fromAsset("lambda"),
      environment: { HITS_TABLE_NAME: counter.table.tableName },
    });
    counter.table.grantReadWriteData(seeder);
    const seed = new CustomResource(this, "Seed", {
      serviceToken: new Provider(this, "SeedProvider", { onEventHandler: seeder }).serviceToken,
      properties: { path: "/welcome", hits: 41 },
    });

    new CfnOutput(this, "ViewerTable", { value: counter.table.tableName });
    new CfnOutput(this, "UploadsBucket", { value: uploads.bucketName });
    new CfnOutput(this, "InboxUrl", { value: inbox.queueUrl });
    new CfnOutput(this, "NewsTopic", { value: news.topicArn });
    new CfnOutput(this, "SeededPath", { value: seed.getAttString("Path") });
    new CfnOutput(this, "Url", { value: api.url });
  }
}
