/** Good requests about queues and topics. */
import * as sns from "@aws-sdk/client-sns";
import * as sqs from "@aws-sdk/client-sqs";
import { type Call, type Group, policy } from "./capture.js";

/** Makes what the requests are about, and returns them. */
export async function messagingRequests(call: Call): Promise<Group[]> {
  const { QueueUrl } = await call("sqs", "CreateQueue", { QueueName: "fuzzed" });
  const queueArn = "arn:aws:sqs:us-east-1:000000000000:fuzzed";
  await call("sqs", "SendMessage", { QueueUrl, MessageBody: "first" });
  const { Messages } = await call("sqs", "ReceiveMessage", { QueueUrl });
  const ReceiptHandle = Messages[0].ReceiptHandle;
  const { TopicArn } = await call("sns", "CreateTopic", { Name: "fuzzed" });
  const { SubscriptionArn } = await call("sns", "Subscribe", { TopicArn, Protocol: "sqs", Endpoint: queueArn });

  return [
    [
      "sqs",
      sqs.SQSClient,
      [
        new sqs.CreateQueueCommand({
          QueueName: "new.fifo",
          Attributes: {
            FifoQueue: "true",
            VisibilityTimeout: "30",
            DelaySeconds: "0",
            RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn, maxReceiveCount: 3 }),
          },
          tags: { a: "b" },
        }),
        new sqs.SendMessageCommand({
          QueueUrl,
          MessageBody: "body",
          DelaySeconds: 1,
          MessageAttributes: {
            n: { DataType: "Number", StringValue: "12" },
            b: { DataType: "Binary.png", BinaryValue: new Uint8Array([1]) },
          },
          MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: "Root=1" } },
        }),
        new sqs.SendMessageBatchCommand({
          QueueUrl,
          Entries: [
            { Id: "a", MessageBody: "x", DelaySeconds: 3 },
            { Id: "b", MessageBody: "y" },
          ],
        }),
        new sqs.ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 3,
          VisibilityTimeout: 1,
          MessageAttributeNames: ["n.*"],
          MessageSystemAttributeNames: ["All"],
          ReceiveRequestAttemptId: "x",
        }),
        new sqs.ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 10 }),
        new sqs.ChangeMessageVisibilityBatchCommand({
          QueueUrl,
          Entries: [{ Id: "a", ReceiptHandle, VisibilityTimeout: 10 }],
        }),
        new sqs.DeleteMessageBatchCommand({ QueueUrl, Entries: [{ Id: "a", ReceiptHandle }] }),
        new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
        new sqs.SetQueueAttributesCommand({
          QueueUrl,
          Attributes: {
            MaximumMessageSize: "2048",
            Policy: policy(queueArn),
            RedriveAllowPolicy: '{"redrivePermission":"allowAll"}',
          },
        }),
        new sqs.TagQueueCommand({ QueueUrl, Tags: { k: "v" } }),
        new sqs.ListQueuesCommand({ QueueNamePrefix: "f", MaxResults: 10 }),
        new sqs.AddPermissionCommand({
          QueueUrl,
          Label: "l",
          AWSAccountIds: ["111111111111"],
          Actions: ["SendMessage"],
        }),
      ],
    ],
    [
      "sns",
      sns.SNSClient,
      [
        new sns.CreateTopicCommand({
          Name: "new",
          Attributes: { DisplayName: "n", FifoTopic: "false" },
          Tags: [{ Key: "a", Value: "b" }],
        }),
        new sns.SubscribeCommand({
          TopicArn,
          Protocol: "sqs",
          Endpoint: queueArn,
          Attributes: { FilterPolicy: '{"a":["x",{"prefix":"y"},{"numeric":[">",1]}]}', RawMessageDelivery: "true" },
          ReturnSubscriptionArn: true,
        }),
        new sns.PublishCommand({
          TopicArn,
          Message: '{"default":"x","sqs":"y"}',
          MessageStructure: "json",
          Subject: "s",
          MessageAttributes: {
            a: { DataType: "String", StringValue: "x" },
            l: { DataType: "String.Array", StringValue: '["x",1]' },
          },
        }),
        new sns.PublishBatchCommand({
          TopicArn,
          PublishBatchRequestEntries: [
            { Id: "a", Message: "m" },
            { Id: "b", Message: "n" },
          ],
        }),
        new sns.SetSubscriptionAttributesCommand({
          SubscriptionArn,
          AttributeName: "FilterPolicy",
          AttributeValue: '{"a":[{"anything-but":["x"]}],"b":{"c":[{"exists":true}]}}',
        }),
        new sns.SetSubscriptionAttributesCommand({
          SubscriptionArn,
          AttributeName: "DeliveryPolicy",
          AttributeValue: '{"healthyRetryPolicy":{"numRetries":5,"backoffFunction":"linear"}}',
        }),
        new sns.CreatePlatformApplicationCommand({
          Name: "app",
          Platform: "GCM",
          Attributes: { PlatformCredential: "secret" },
        }),
        new sns.SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue: policy(TopicArn) }),
        new sns.ListSubscriptionsByTopicCommand({ TopicArn, NextToken: undefined }),
        new sns.TagResourceCommand({ ResourceArn: TopicArn, Tags: [{ Key: "a", Value: "b" }] }),
      ],
    ],
  ];
}
