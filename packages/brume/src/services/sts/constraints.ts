/** The constraints of STS's API model, with the messages that AWS answers. */
import { type Check, constraintCheck } from "../../kernel/constraints.js";

/** @throws AwsError `ValidationError` */
export const check: Check = constraintCheck("ValidationError");
