/** DescribeLimits and DescribeEndpoints. */
import type { Handler } from "../../kernel/service.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

export const describeLimits: Handler<Dynamo, "DescribeLimits"> = () => ({
  AccountMaxReadCapacityUnits: 80_000,
  AccountMaxWriteCapacityUnits: 80_000,
  TableMaxReadCapacityUnits: 40_000,
  TableMaxWriteCapacityUnits: 40_000,
});

export const describeEndpoints: Handler<Dynamo, "DescribeEndpoints"> = (_input, ctx) => ({
  Endpoints: [{ Address: new URL(ctx.cloud.endpoint).host, CachePeriodInMinutes: 1440 }],
});
