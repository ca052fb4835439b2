/** AWS Cloud Control API: one API for the resources of every type, over the providers of the engine. */
import { defineService, operation } from "../../kernel/service.js";
import * as requests from "./requests.js";
import * as resources from "./resources.js";

export default defineService<typeof import("@aws-sdk/client-cloudcontrol")>({
  id: "cloudcontrol",
  iamPrefix: "cloudformation",
  operations: {
    CancelResourceRequest: operation(requests.cancelResourceRequest, "*"),
    CreateResource: operation(requests.createResource, "*"),
    DeleteResource: operation(requests.deleteResource, "*"),
    GetResource: operation(resources.getResource, "*"),
    GetResourceRequestStatus: operation(requests.getResourceRequestStatus, "*"),
    ListResourceRequests: operation(requests.listResourceRequests, "*"),
    ListResources: operation(resources.listResources, "*"),
    UpdateResource: operation(requests.updateResource, "*"),
  },
  timers: { request: requests.performRequest, expiry: requests.forgetRequest },
  unsupported: {},
});
