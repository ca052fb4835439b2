/** The constraints of Systems Manager's API model, with the messages that AWS answers. */
import { type Check, constraintCheck } from "../../kernel/constraints.js";
import { AwsError } from "../../kernel/errors.js";

/** @throws AwsError `ValidationException` */
export const check: Check = constraintCheck("ValidationException");

export const validation = (message: string) => new AwsError("ValidationException", message);
