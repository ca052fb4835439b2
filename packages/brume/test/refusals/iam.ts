/** Requests that iam refuses. */
import { missing, one, type Refusal, TRUST } from "./refusal.js";

export default [
  ["GetRole", { RoleName: "none" }, "NoSuchEntityException", "The role with name none cannot be found."],
  ["GetUser", { UserName: "none" }, "NoSuchEntityException", "The user with name none cannot be found."],
  [
    "CreateUser",
    { UserName: "a b" },
    "ValidationError",
    "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
  ],
  [
    "CreateUser",
    { UserName: "x".repeat(65) },
    "ValidationError",
    one(`'${"x".repeat(65)}'`, "userName", "have length less than or equal to 64"),
  ],
  ["CreateUser", {}, "ValidationError", missing("userName")],
  [
    "CreateUser",
    { UserName: "a", Path: "a" },
    "ValidationError",
    "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
  ],
  [
    "CreateRole",
    { RoleName: "a", AssumeRolePolicyDocument: "{" },
    "MalformedPolicyDocumentException",
    "This policy contains invalid Json",
  ],
  [
    "CreateRole",
    { RoleName: "a", AssumeRolePolicyDocument: TRUST, MaxSessionDuration: 3599 },
    "ValidationError",
    one("'3599'", "maxSessionDuration", "have value greater than or equal to 3600"),
  ],
  [
    "CreateRole",
    { RoleName: "there", AssumeRolePolicyDocument: TRUST },
    "EntityAlreadyExistsException",
    "Role with name there already exists.",
  ],
  [
    "AttachRolePolicy",
    { RoleName: "there", PolicyArn: "arn:aws:iam::000000000000:policy/none" },
    "NoSuchEntityException",
    "Policy arn:aws:iam::000000000000:policy/none does not exist or is not attachable.",
  ],
  [
    "DeletePolicy",
    { PolicyArn: "arn:aws:iam::000000000000:policy/none" },
    "NoSuchEntityException",
    "Policy arn:aws:iam::000000000000:policy/none was not found.",
  ],
  [
    "GetRolePolicy",
    { RoleName: "there", PolicyName: "none" },
    "NoSuchEntityException",
    "The role policy with name none cannot be found.",
  ],
  ["ListRoles", { MaxItems: 0 }, "ValidationError", one("'0'", "maxItems", "have value greater than or equal to 1")],
  ["DeleteRole", { RoleName: "there" }, "DeleteConflictException", "Cannot delete entity, must delete policies first."],
  [
    "DeleteInstanceProfile",
    { InstanceProfileName: "none" },
    "NoSuchEntityException",
    "Instance Profile none cannot be found.",
  ],
] satisfies Refusal[];
