/** The connections of WebSocket APIs. */
import { defineService } from "../../kernel/service.js";

export default defineService<typeof import("@aws-sdk/client-apigatewaymanagementapi")>({
  id: "apigatewaymanagementapi",
  iamPrefix: "execute-api",
  operations: {},
  unsupported: {
    "not built yet": ["DeleteConnection", "GetConnection", "PostToConnection"],
  },
});
