/** `SQS`: a queue that a function reads. */
import { polled } from "./event-source-mapping.js";

export const sqs = polled({
  type: "SQS",
  properties: { "any!": "Queue" },
  source: "Queue",
  managed: "AWSLambdaSQSQueueExecutionRole",
});
