/** Requests that dynamodb refuses. */
import { one, type Refusal } from "./refusal.js";

export default [
  [
    "GetItem",
    { TableName: "none", Key: { a: { S: "a" } } },
    "ResourceNotFoundException",
    "Requested resource not found",
  ],
  [
    "DescribeTable",
    { TableName: "none" },
    "ResourceNotFoundException",
    "Requested resource not found: Table: none not found",
  ],
  [
    "GetItem",
    { TableName: "there", Key: { b: { S: "a" } } },
    "ValidationException",
    "The provided key element does not match the schema",
  ],
  [
    "PutItem",
    { TableName: "there", Item: { b: { S: "a" } } },
    "ValidationException",
    "One or more parameter values were invalid: Missing the key a in the item",
  ],
  [
    "PutItem",
    { TableName: "there", Item: { a: { N: "1" } } },
    "ValidationException",
    "One or more parameter values were invalid: Type mismatch for key a expected: S actual: N",
  ],
  [
    "PutItem",
    { TableName: "there", Item: { a: { S: "" } } },
    "ValidationException",
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: a",
  ],
  [
    "PutItem",
    { TableName: "there", Item: { a: { S: "a" } }, ConditionExpression: "attribute_exists(a)" },
    "ConditionalCheckFailedException",
    "The conditional request failed",
  ],
  [
    "PutItem",
    { TableName: "there", Item: { a: { S: "a" } }, ExpressionAttributeNames: { "#a": "a" } },
    "ValidationException",
    "ExpressionAttributeNames can only be specified when using expressions",
  ],
  [
    "Query",
    { TableName: "there" },
    "ValidationException",
    "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
  ],
  [
    "Query",
    { TableName: "there", KeyConditionExpression: "b = :b", ExpressionAttributeValues: { ":b": { S: "b" } } },
    "ValidationException",
    "Query condition missed key schema element: a",
  ],
  [
    "Scan",
    { TableName: "there", Segment: 1 },
    "ValidationException",
    "The TotalSegments parameter is required but was not present in the request when Segment parameter is present",
  ],
  [
    "Scan",
    { TableName: "there", Limit: 0 },
    "ValidationException",
    one("'0'", "limit", "have value greater than or equal to 1"),
  ],
  [
    "UpdateItem",
    {
      TableName: "there",
      Key: { a: { S: "a" } },
      UpdateExpression: "SET a = :a",
      ExpressionAttributeValues: { ":a": { S: "b" } },
    },
    "ValidationException",
    "One or more parameter values were invalid: Cannot update attribute a. This attribute is part of the key",
  ],
  [
    "CreateTable",
    {
      TableName: "there",
      KeySchema: [{ AttributeName: "a", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "a", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
    },
    "ResourceInUseException",
    "Table already exists: there",
  ],
  [
    "BatchGetItem",
    { RequestItems: {} },
    "ValidationException",
    "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  [
    "TransactWriteItems",
    { TransactItems: [] },
    "ValidationException",
    one("'[]'", "transactItems", "have length greater than or equal to 1"),
  ],
  [
    "UpdateTimeToLive",
    { TableName: "there", TimeToLiveSpecification: { AttributeName: "t", Enabled: false } },
    "ValidationException",
    "TimeToLive is already disabled",
  ],
  [
    "DescribeContributorInsights",
    { TableName: "there", IndexName: "a" },
    "ValidationException",
    one("'a'", "indexName", "have length greater than or equal to 3"),
  ],
  [
    "DescribeContributorInsights",
    { TableName: "there", IndexName: "none" },
    "ResourceNotFoundException",
    "Requested resource not found: Index: none not found",
  ],
  [
    "DeleteTable",
    { TableName: "protected" },
    "ValidationException",
    /^Resource cannot be deleted as it is currently protected against deletion\. Disable deletion protection first\./,
  ],
  ["UpdateTable", { TableName: "there", BillingMode: "PROVISIONED" }, "ValidationException", /ProvisionedThroughput/],
] satisfies Refusal[];
