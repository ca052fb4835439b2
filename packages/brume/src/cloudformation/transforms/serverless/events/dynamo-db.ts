/** `DynamoDB`: a table's stream that a function reads. */
import { polled } from "./event-source-mapping.js";

export const dynamoDb = polled({
  type: "DynamoDB",
  properties: { "any!": "Stream StartingPosition" },
  source: "Stream",
  managed: "AWSLambdaDynamoDBExecutionRole",
});
