/** Requests that ssm refuses. */
import { one, type Refusal } from "./refusal.js";

export default [
  ["GetParameter", { Name: "/none" }, "ParameterNotFound", ""],
  [
    "PutParameter",
    { Name: "/there", Value: "b", Type: "String" },
    "ParameterAlreadyExists",
    "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
  ],
  [
    "PutParameter",
    { Name: "/a", Value: "", Type: "String" },
    "ValidationException",
    one("''", "value", "have length greater than or equal to 1"),
  ],
  [
    "PutParameter",
    { Name: "/a", Value: "a", Type: "Number" },
    "ValidationException",
    one("'Number'", "type", "satisfy enum value set: [String, StringList, SecureString]"),
  ],
  [
    "PutParameter",
    { Name: "/a", Value: "a", Type: "String", Overwrite: true, Tags: [{ Key: "a", Value: "b" }] },
    "ValidationException",
    "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
  ],
  [
    "GetParameters",
    { Names: [] },
    "ValidationException",
    one("'[]'", "names", "have length greater than or equal to 1"),
  ],
  [
    "GetParameters",
    { Names: Array(11).fill("/a") },
    "ValidationException",
    `1 validation error detected: Value '[${Array(11).fill("/a").join(", ")}]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 10`,
  ],
  [
    "GetParametersByPath",
    { Path: "/", MaxResults: 11 },
    "ValidationException",
    one("'11'", "maxResults", "have value less than or equal to 10"),
  ],
  ["DeleteParameter", { Name: "/none" }, "ParameterNotFound", ""],
  [
    "AddTagsToResource",
    { ResourceType: "Parameter", ResourceId: "/none", Tags: [{ Key: "a", Value: "b" }] },
    "InvalidResourceId",
    'The resource ID "/none" is not valid. Verify that you entered the ID correctly, and try again.',
  ],
] satisfies Refusal[];
