/** Requests that sts refuses. */
import { missing, one, type Refusal } from "./refusal.js";

export default [
  [
    "AssumeRole",
    { RoleArn: "a", RoleSessionName: "ab" },
    "ValidationError",
    one("'a'", "roleArn", "have length greater than or equal to 20"),
  ],
  [
    "AssumeRole",
    { RoleArn: "arn:aws:iam::000000000000:role/there", RoleSessionName: "a b" },
    "ValidationError",
    one("'a b'", "roleSessionName", "satisfy regular expression pattern: [\\w+=,.@-]*"),
  ],
  [
    "AssumeRole",
    { RoleArn: "arn:aws:iam::000000000000:role/there", RoleSessionName: "ab", DurationSeconds: 899 },
    "ValidationError",
    one("'899'", "durationSeconds", "have value greater than or equal to 900"),
  ],
  ["GetFederationToken", {}, "ValidationError", missing("name")],
] satisfies Refusal[];
