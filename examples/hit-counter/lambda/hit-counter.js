const { DynamoDBClient, UpdateItemCommand } = require("@aws-sdk/client-dynamodb");
const { LambdaClient, InvokeCommand } = require("@aws-sdk/client-lambda");

const dynamodb = new DynamoDBClient();
const lambda = new LambdaClient();

/** Counts the request, then lets the downstream function answer it. */
exports.handler = async (event) => {
  const counted = await dynamodb.send(
    new UpdateItemCommand({
      TableName: process.env.HITS_TABLE_NAME,
      Key: { path: { S: event.path } },
      UpdateExpression: "ADD hits :one",
      ExpressionAttributeValues: { ":one": { N: "1" } },
      ReturnValues: "UPDATED_NEW",
    }),
  );
  const answered = await lambda.send(
    new InvokeCommand({ FunctionName: process.env.DOWNSTREAM_FUNCTION_NAME, Payload: JSON.stringify(event) }),
  );
  const response = JSON.parse(Buffer.from(answered.Payload).toString());
  return { ...response, headers: { ...response.headers, "x-hits": counted.Attributes.hits.N } };
};
