/** Good requests about functions, images, logs and metrics. */
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as ecr from "@aws-sdk/client-ecr";
import * as lambda from "@aws-sdk/client-lambda";
import { zip } from "../../src/services/lambda/testing.js";
import { type Call, type Group, policy } from "./capture.js";

/** Makes what the requests are about, and returns them. */
export async function functionsRequests(call: Call, now: number): Promise<Group[]> {
  await call("cloudwatch-logs", "CreateLogGroup", { logGroupName: "/fuzzed" });
  const stream = { logGroupName: "/fuzzed", logStreamName: "stream" };
  await call("cloudwatch-logs", "CreateLogStream", stream);
  const logEvents = [
    { timestamp: now, message: '{"level":"error","ms":12}' },
    { timestamp: now, message: "REPORT RequestId: x Duration: 12 ms" },
  ];
  await call("cloudwatch-logs", "PutLogEvents", { ...stream, logEvents });
  const repositoryName = "fuzzed/app";
  await call("ecr", "CreateRepository", { repositoryName });
  const ZipFile = await zip({ "index.js": "exports.handler = async () => 1;" });
  const FunctionName = "fuzzed";
  const Role = "arn:aws:iam::000000000000:role/fuzzed";
  const code = { Runtime: "nodejs20.x", Handler: "index.handler", Role, Code: { ZipFile } } as const;
  await call("lambda", "CreateFunction", { FunctionName, ...code });
  await call("lambda", "PublishVersion", { FunctionName });
  return [
    [
      "lambda",
      lambda.LambdaClient,
      [
        new lambda.CreateFunctionCommand({
          FunctionName: "new",
          ...code,
          MemorySize: 128,
          Timeout: 3,
          Environment: { Variables: { A: "b" } },
          Layers: [],
          Tags: { a: "b" },
          EphemeralStorage: { Size: 512 },
        }),
        new lambda.UpdateFunctionConfigurationCommand({
          FunctionName,
          MemorySize: 256,
          Timeout: 5,
          Handler: "index.handler",
          DeadLetterConfig: { TargetArn: "arn:aws:sqs:us-east-1:000000000000:fuzzed" },
        }),
        new lambda.UpdateFunctionCodeCommand({ FunctionName, ZipFile, Publish: true }),
        new lambda.AddPermissionCommand({
          FunctionName,
          StatementId: "s",
          Action: "lambda:InvokeFunction",
          Principal: "s3.amazonaws.com",
          SourceArn: "arn:aws:s3:::b",
        }),
        new lambda.CreateAliasCommand({
          FunctionName,
          Name: "live",
          FunctionVersion: "1",
          RoutingConfig: { AdditionalVersionWeights: { "1": 0.5 } },
        }),
        new lambda.PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 5 }),
        new lambda.PutFunctionEventInvokeConfigCommand({
          FunctionName,
          MaximumRetryAttempts: 1,
          MaximumEventAgeInSeconds: 60,
          DestinationConfig: { OnFailure: { Destination: "arn:aws:sqs:us-east-1:000000000000:fuzzed" } },
        }),
        new lambda.CreateFunctionUrlConfigCommand({
          FunctionName,
          AuthType: "NONE",
          Cors: { AllowOrigins: ["*"], MaxAge: 5 },
        }),
        new lambda.CreateEventSourceMappingCommand({
          FunctionName,
          EventSourceArn: "arn:aws:sqs:us-east-1:000000000000:fuzzed",
          BatchSize: 5,
          Enabled: false,
          FilterCriteria: { Filters: [{ Pattern: '{"body":{"a":[1]}}' }] },
        }),
        new lambda.PublishLayerVersionCommand({
          LayerName: "layer",
          Content: { ZipFile },
          CompatibleRuntimes: ["nodejs20.x"],
        }),
        new lambda.GetFunctionCommand({ FunctionName, Qualifier: "1" }),
        new lambda.ListFunctionsCommand({ FunctionVersion: "ALL", MaxItems: 5 }),
        new lambda.TagResourceCommand({
          Resource: `arn:aws:lambda:us-east-1:000000000000:function:${FunctionName}`,
          Tags: { a: "b" },
        }),
      ],
    ],
    [
      "ecr",
      ecr.ECRClient,
      [
        new ecr.CreateRepositoryCommand({
          repositoryName: "new/app",
          imageTagMutability: "IMMUTABLE",
          tags: [{ Key: "a", Value: "b" }],
        }),
        new ecr.PutImageCommand({
          repositoryName,
          imageTag: "v1",
          imageManifest: JSON.stringify({
            schemaVersion: 2,
            mediaType: "application/vnd.docker.distribution.manifest.v2+json",
            config: { digest: `sha256:${"0".repeat(64)}`, size: 1 },
            layers: [],
          }),
        }),
        new ecr.BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: "v1" }] }),
        new ecr.DescribeImagesCommand({ repositoryName, filter: { tagStatus: "TAGGED" }, maxResults: 5 }),
        new ecr.PutLifecyclePolicyCommand({
          repositoryName,
          lifecyclePolicyText:
            '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}',
        }),
        new ecr.SetRepositoryPolicyCommand({ repositoryName, policyText: policy() }),
      ],
    ],
    [
      "cloudwatch-logs",
      logs.CloudWatchLogsClient,
      [
        new logs.PutLogEventsCommand({ ...stream, logEvents }),
        new logs.FilterLogEventsCommand({
          logGroupName: "/fuzzed",
          filterPattern: '{ ($.level = "error") && ($.ms > 10) }',
          startTime: 0,
          endTime: now + 1,
          limit: 5,
          interleaved: true,
        }),
        new logs.FilterLogEventsCommand({
          logGroupName: "/fuzzed",
          filterPattern: "[a, b=RequestId*, ...]",
          logStreamNamePrefix: "s",
        }),
        new logs.GetLogEventsCommand({ ...stream, limit: 3, startFromHead: true }),
        new logs.PutMetricFilterCommand({
          logGroupName: "/fuzzed",
          filterName: "f",
          filterPattern: "{ $.ms = * }",
          metricTransformations: [
            { metricName: "m", metricNamespace: "n", metricValue: "$.ms", dimensions: { level: "$.level" } },
          ],
        }),
        new logs.StartQueryCommand({
          logGroupName: "/fuzzed",
          queryString: `fields @timestamp, strlen(@message) + 1 as n | parse @message /(?<word>[a-z]+) (\\d+)/
            | filter level in ["error"] or @message like /(?i)e.*r/ and not ispresent(x)
            | stats count(*), avg(ms) / 2 as half, pct(n, 95) by bin(5m), level | sort half desc | limit 20`,
          startTime: Math.floor(now / 1000) - 3600,
          endTime: Math.floor(now / 1000),
          limit: 10,
        }),
        new logs.TestMetricFilterCommand({ filterPattern: "%a(b|c)+d{1,3}%", logEventMessages: ["abcd"] }),
        new logs.PutSubscriptionFilterCommand({
          logGroupName: "/fuzzed",
          filterName: "f",
          filterPattern: "",
          destinationArn: "arn:aws:lambda:us-east-1:000000000000:function:none",
        }),
        new logs.PutRetentionPolicyCommand({ logGroupName: "/fuzzed", retentionInDays: 7 }),
        new logs.DescribeLogStreamsCommand({
          logGroupName: "/fuzzed",
          orderBy: "LastEventTime",
          descending: true,
          limit: 5,
        }),
        new logs.CreateLogGroupCommand({ logGroupName: "/new", tags: { a: "b" } }),
      ],
    ],
    [
      "cloudwatch",
      cloudwatch.CloudWatchClient,
      [
        new cloudwatch.PutMetricDataCommand({
          Namespace: "n",
          MetricData: [
            {
              MetricName: "m",
              Value: 1.5,
              Unit: "Count",
              Timestamp: new Date(now),
              Dimensions: [{ Name: "a", Value: "b" }],
            },
          ],
        }),
        new cloudwatch.GetMetricDataCommand({
          StartTime: new Date(now - 1e6),
          EndTime: new Date(now),
          MetricDataQueries: [
            { Id: "a", MetricStat: { Metric: { Namespace: "n", MetricName: "m" }, Period: 60, Stat: "p99" } },
            { Id: "b", Expression: "a * 2 + SUM(METRICS())", Label: "${MAX} of ${PROP('Stat')}" },
            { Id: "c", Expression: `SORT(SEARCH('{n,a} MetricName="m" OR b', 'Sum', 60), MAX, DESC, 3)` },
          ],
        }),
        new cloudwatch.PutMetricAlarmCommand({
          AlarmName: "a",
          Namespace: "n",
          MetricName: "m",
          Statistic: "Sum",
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: 1,
          ComparisonOperator: "GreaterThanThreshold",
        }),
        new cloudwatch.GetMetricStatisticsCommand({
          Namespace: "n",
          MetricName: "m",
          StartTime: new Date(now - 1e6),
          EndTime: new Date(now),
          Period: 60,
          Statistics: ["Average"],
        }),
      ],
    ],
  ];
}
