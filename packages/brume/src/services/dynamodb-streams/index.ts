/** DynamoDB Streams: the changes of tables, in the order in which they were made. It reads what dynamodb has stored. */
import { defineService, operation } from "../../kernel/service.js";
import * as streams from "../dynamodb/streams/operations.js";

export default defineService<typeof import("@aws-sdk/client-dynamodb-streams")>({
  id: "dynamodb-streams",
  iamPrefix: "dynamodb",
  operations: {
    DescribeStream: operation(streams.describeStream, streams.streamOf),
    GetRecords: operation(streams.getRecords, streams.iteratedStream),
    GetShardIterator: operation(streams.getShardIterator, streams.streamOf),
    ListStreams: operation(streams.listStreams, "*"),
  },
  unsupported: {},
});
