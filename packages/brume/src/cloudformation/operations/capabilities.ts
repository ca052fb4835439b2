/** What a template needs to be allowed to do. See "Acknowledging IAM resources in CloudFormation templates". */
import type { Template } from "../template/template.js";

/** Types that need CAPABILITY_IAM, and the property that makes it CAPABILITY_NAMED_IAM. */
const IAM_TYPES: Readonly<Record<string, string | undefined>> = {
  "AWS::IAM::AccessKey": undefined,
  "AWS::IAM::Group": "GroupName",
  "AWS::IAM::InstanceProfile": "InstanceProfileName",
  "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
  "AWS::IAM::Policy": undefined,
  "AWS::IAM::Role": "RoleName",
  "AWS::IAM::User": "UserName",
  "AWS::IAM::UserToGroupAddition": undefined,
};

/** The resources that need a capability, and the capability. */
export function requiredCapabilities(template: Template): string[] {
  let named = false;
  let iam = false;
  for (const { Type, Properties } of Object.values(template.resources)) {
    if (!Object.hasOwn(IAM_TYPES, Type)) continue;
    iam = true;
    const name = IAM_TYPES[Type];
    if (name !== undefined && Properties?.[name] !== undefined) named = true;
  }
  const needed = named ? ["CAPABILITY_NAMED_IAM"] : iam ? ["CAPABILITY_IAM"] : [];
  return template.transforms.length > 0 ? [...needed, "CAPABILITY_AUTO_EXPAND"] : needed;
}

/** The types that make a template need CAPABILITY_IAM or CAPABILITY_NAMED_IAM. */
export function iamTypesIn(template: Template): string[] {
  return [...new Set(Object.values(template.resources).map(({ Type }) => Type))].filter((type) =>
    Object.hasOwn(IAM_TYPES, type),
  );
}
