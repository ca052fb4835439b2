/** Requests that sns refuses. */
import { missing, one, type Refusal } from "./refusal.js";

export default [
  [
    "GetTopicAttributes",
    { TopicArn: "arn:aws:sns:us-east-1:000000000000:none" },
    "NotFoundException",
    "Topic does not exist",
  ],
  ["Publish", { TopicArn: "TOPIC", Message: "" }, "InvalidParameterException", "Invalid parameter: Empty message"],
  [
    "Publish",
    { TopicArn: "arn:aws:sns:us-east-1:000000000000:none", Message: "a" },
    "NotFoundException",
    "Topic does not exist",
  ],
  ["CreateTopic", { Name: "a b" }, "InvalidParameterException", "Invalid parameter: Topic Name"],
  [
    "Subscribe",
    { TopicArn: "TOPIC", Protocol: "pigeon", Endpoint: "a" },
    "InvalidParameterException",
    "Invalid parameter: Amazon SNS does not support this protocol string: pigeon",
  ],
  [
    "Unsubscribe",
    { SubscriptionArn: "a" },
    "InvalidParameterException",
    "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1",
  ],
  ["TagResource", { ResourceArn: "TOPIC" }, "ValidationError", missing("tags")],
  ["TagResource", { ResourceArn: "TOPIC", Tags: [{ Key: "a" }] }, "ValidationError", missing("tags.1.member.value")],
  ["UntagResource", { ResourceArn: "TOPIC" }, "ValidationError", missing("tagKeys")],
  ["PutDataProtectionPolicy", { ResourceArn: "TOPIC" }, "ValidationError", missing("dataProtectionPolicy")],
  [
    "ListOriginationNumbers",
    { MaxResults: 31 },
    "ValidationError",
    one("'31'", "maxResults", "have value less than or equal to 30"),
  ],
  [
    "PublishBatch",
    {
      TopicArn: "TOPIC",
      PublishBatchRequestEntries: [
        { Id: "a", Message: "a" },
        { Id: "a", Message: "b" },
      ],
    },
    "BatchEntryIdsNotDistinctException",
    "Two or more batch entries in the request have the same Id.",
  ],
] satisfies Refusal[];
