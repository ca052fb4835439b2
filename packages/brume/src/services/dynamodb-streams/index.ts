/** DynamoDB Streams: the changes of tables, in the order in which they were made. */
import { defineService } from "../../kernel/service.js";

export default defineService<typeof import("@aws-sdk/client-dynamodb-streams")>({
  id: "dynamodb-streams",
  iamPrefix: "dynamodb",
  operations: {},
  unsupported: { "not built yet": ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"] },
});
