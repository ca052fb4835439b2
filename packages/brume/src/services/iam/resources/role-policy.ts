/** AWS::IAM::RolePolicy */
import { inlinePolicyOf } from "./inline-policy.js";

export default inlinePolicyOf("Role");
