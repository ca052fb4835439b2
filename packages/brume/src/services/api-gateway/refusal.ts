/** How API Gateway answers what its API's model does not allow. */
import { listed, type Refusal } from "../../kernel/input-constraints.js";
import { badRequest } from "./tables.js";

/** What is missing is looked at by itself, and so is what has messages of its own or lists values in another order. */
export const refusal: Refusal = {
  code: "BadRequestException",
  leavesMissing: true,
  leaves: ["ApiKeySourceType", "IntegrationType", "Op"],
  // Members of the body are shown as part of an input that is named after the operation.
  error: (violations, operation) => {
    const input = `${operation.charAt(0).toLowerCase()}${operation.slice(1)}Input`;
    return badRequest(listed(violations.map((one) => ({ ...one, path: `${input}.${one.path}` }))));
  },
};
