/** AWS::IAM::GroupPolicy */
import { inlinePolicyOf } from "./inline-policy.js";

export default inlinePolicyOf("Group");
