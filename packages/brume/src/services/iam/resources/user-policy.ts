/** AWS::IAM::UserPolicy */
import { inlinePolicyOf } from "./inline-policy.js";

export default inlinePolicyOf("User");
