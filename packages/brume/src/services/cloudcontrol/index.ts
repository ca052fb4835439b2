/** Cloud Control: one API for the resources of every type. */
import { defineService } from "../../kernel/service.js";

export default defineService<typeof import("@aws-sdk/client-cloudcontrol")>({
  id: "cloudcontrol",
  iamPrefix: "cloudformation",
  operations: {},
  unsupported: {
    "not built yet": [
      "CancelResourceRequest",
      "CreateResource",
      "DeleteResource",
      "GetResource",
      "GetResourceRequestStatus",
      "ListResourceRequests",
      "ListResources",
      "UpdateResource",
    ],
  },
});
