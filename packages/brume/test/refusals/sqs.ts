/** Requests that sqs refuses. */
import type { Refusal } from "./refusal.js";

export default [
  ["GetQueueUrl", { QueueName: "none" }, "QueueDoesNotExist", "The specified queue does not exist."],
  [
    "CreateQueue",
    { QueueName: "a b" },
    "InvalidParameterValue",
    "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
  ],
  [
    "CreateQueue",
    { QueueName: "a", Attributes: { VisibilityTimeout: "43201" } },
    "InvalidAttributeValue",
    "Invalid value for the parameter VisibilityTimeout.",
  ],
  [
    "CreateQueue",
    { QueueName: "a", Attributes: { Nonsense: "1" } },
    "InvalidAttributeName",
    "Unknown Attribute Nonsense.",
  ],
  ["SendMessage", { QueueUrl: "QUEUE" }, "MissingParameter", "The request must contain the parameter MessageBody."],
  [
    "SendMessage",
    { QueueUrl: "QUEUE", MessageBody: "a", DelaySeconds: 901 },
    "InvalidParameterValue",
    "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
  ],
  [
    "ReceiveMessage",
    { QueueUrl: "QUEUE", MaxNumberOfMessages: 11 },
    "InvalidParameterValue",
    "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
  ],
  [
    "ReceiveMessage",
    { QueueUrl: "QUEUE", WaitTimeSeconds: 21 },
    "InvalidParameterValue",
    "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
  ],
  [
    "ReceiveMessage",
    { QueueUrl: "QUEUE", MessageSystemAttributeNames: ["Nonsense"] },
    "InvalidAttributeName",
    "Unknown Attribute Nonsense.",
  ],
  [
    "SendMessageBatch",
    {
      QueueUrl: "QUEUE",
      Entries: [
        { Id: "a", MessageBody: "a" },
        { Id: "a", MessageBody: "b" },
      ],
    },
    "BatchEntryIdsNotDistinct",
    "Id a repeated.",
  ],
  [
    "DeleteMessage",
    { QueueUrl: "QUEUE", ReceiptHandle: "a" },
    "ReceiptHandleIsInvalid",
    'The input receipt handle "a" is not a valid receipt handle.',
  ],
  [
    "SetQueueAttributes",
    { QueueUrl: "QUEUE" },
    "MissingParameter",
    "The request must contain the parameter Attributes.",
  ],
  ["TagQueue", { QueueUrl: "QUEUE" }, "MissingParameter", "The request must contain the parameter Tags."],
  ["UntagQueue", { QueueUrl: "QUEUE" }, "MissingParameter", "The request must contain the parameter TagKeys."],
  [
    "AddPermission",
    { QueueUrl: "QUEUE", Label: "a", AWSAccountIds: ["000000000000"] },
    "MissingParameter",
    "The request must contain the parameter Actions.",
  ],
  [
    "PurgeQueue",
    { QueueUrl: "QUEUE" },
    "PurgeQueueInProgress",
    "Only one PurgeQueue operation on there is allowed every 60 seconds.",
  ],
] satisfies Refusal[];
