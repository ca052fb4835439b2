const { DynamoDBClient, PutItemCommand, DeleteItemCommand } = require("@aws-sdk/client-dynamodb");

const dynamodb = new DynamoDBClient();

/** Puts a first row into the table of hits, and takes it out again when the stack goes. */
exports.onEvent = async ({ RequestType, ResourceProperties }) => {
  const { path, hits } = ResourceProperties;
  const table = { TableName: process.env.HITS_TABLE_NAME };
  if (RequestType === "Delete") {
    await dynamodb.send(new DeleteItemCommand({ ...table, Key: { path: { S: path } } }));
  } else {
    await dynamodb.send(new PutItemCommand({ ...table, Item: { path: { S: path }, hits: { N: String(hits) } } }));
  }
  return { PhysicalResourceId: `seed ${path}`, Data: { Path: path } };
};
