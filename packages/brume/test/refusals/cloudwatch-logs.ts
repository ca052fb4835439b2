/** Requests that cloudwatch-logs refuses. */
import { one, type Refusal } from "./refusal.js";

export default [
  [
    "CreateLogGroup",
    { logGroupName: "" },
    "InvalidParameterException",
    "2 validation errors detected: Value '' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+; Value '' at 'logGroupName' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  [
    "CreateLogGroup",
    { logGroupName: "there" },
    "ResourceAlreadyExistsException",
    "The specified log group already exists",
  ],
  [
    "CreateLogStream",
    { logGroupName: "none", logStreamName: "a" },
    "ResourceNotFoundException",
    "The specified log group does not exist.",
  ],
  [
    "PutLogEvents",
    { logGroupName: "there", logStreamName: "none", logEvents: [{ timestamp: 1, message: "a" }] },
    "ResourceNotFoundException",
    "The specified log stream does not exist.",
  ],
  [
    "PutRetentionPolicy",
    { logGroupName: "there", retentionInDays: 2 },
    "InvalidParameterException",
    /Value '2' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: \[1, 3, 5, 7, /,
  ],
  [
    "GetLogEvents",
    { logGroupName: "there", logStreamName: "a", limit: 10_001 },
    "InvalidParameterException",
    one("'10001'", "limit", "have value less than or equal to 10000"),
  ],
  [
    "DescribeLogStreams",
    { logGroupName: "there", limit: 51 },
    "InvalidParameterException",
    one("'51'", "limit", "have value less than or equal to 50"),
  ],
  [
    "DescribeLogStreams",
    { logGroupName: "there", orderBy: "LastEventTime", logStreamNamePrefix: "a" },
    "InvalidParameterException",
    "Cannot order by LastEventTime with a logStreamNamePrefix.",
  ],
  [
    "FilterLogEvents",
    { logGroupName: "there", logStreamNames: ["a"], logStreamNamePrefix: "a" },
    "InvalidParameterException",
    "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.",
  ],
  [
    "DeleteMetricFilter",
    { logGroupName: "there", filterName: "none" },
    "ResourceNotFoundException",
    "The specified metric filter does not exist.",
  ],
  [
    "DescribeLogGroups",
    { logGroupNamePrefix: "a", logGroupNamePattern: "b" },
    "InvalidParameterException",
    "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
  ],
  [
    "FilterLogEvents",
    { logGroupName: "there", logGroupIdentifier: "there" },
    "InvalidParameterException",
    "logGroupName and logGroupIdentifier are mutually exclusive parameters.",
  ],
  [
    "DisassociateKmsKey",
    { logGroupName: "there", resourceIdentifier: "there" },
    "InvalidParameterException",
    "logGroupName and resourceIdentifier are mutually exclusive parameters.",
  ],
] satisfies Refusal[];
