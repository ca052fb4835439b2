/** The connections of WebSocket APIs. */
import { defineService } from "../../kernel/service.js";

export default defineService<typeof import("@aws-sdk/client-apigatewaymanagementapi")>({
  id: "apigatewaymanagementapi",
  iamPrefix: "execute-api",
  operations: {},
  unsupported: {
    "connections are reached at the URL of their API's stage, which apigatewayv2 serves: give it to the client as endpoint":
      ["DeleteConnection", "GetConnection", "PostToConnection"],
  },
});
