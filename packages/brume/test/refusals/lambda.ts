/** Requests that lambda refuses. */
import { one, type Refusal } from "./refusal.js";

export default [
  [
    "GetFunction",
    { FunctionName: "none" },
    "ResourceNotFoundException",
    "Function not found: arn:aws:lambda:us-east-1:000000000000:function:none",
  ],
  [
    "Invoke",
    { FunctionName: "none" },
    "ResourceNotFoundException",
    "Function not found: arn:aws:lambda:us-east-1:000000000000:function:none",
  ],
  [
    "CreateFunction",
    { FunctionName: "a", Role: "arn:aws:iam::000000000000:role/r", Code: {} },
    "InvalidParameterValueException",
    "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
  ],
  [
    "CreateFunction",
    { FunctionName: "a", Role: "r", Runtime: "nodejs20.x", Handler: "a.b", Code: { ZipFile: Buffer.from("a") } },
    "ValidationException",
    one(
      "'r'",
      "role",
      "satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
    ),
  ],
  [
    "CreateFunction",
    {
      FunctionName: "a",
      Role: "arn:aws:iam::000000000000:role/r",
      Runtime: "nodejs20.x",
      Handler: "a.b",
      Timeout: 901,
      Code: { ZipFile: Buffer.from("a") },
    },
    "ValidationException",
    one("'901'", "timeout", "have value less than or equal to 900"),
  ],
  [
    "CreateFunction",
    {
      FunctionName: "a",
      Role: "arn:aws:iam::000000000000:role/r",
      Runtime: "nodejs20.x",
      Handler: "a.b",
      MemorySize: 64,
      Code: { ZipFile: Buffer.from("a") },
    },
    "ValidationException",
    one("'64'", "memorySize", "have value greater than or equal to 128"),
  ],
  [
    "CreateAlias",
    { FunctionName: "none", Name: "a", FunctionVersion: "1" },
    "ResourceNotFoundException",
    "Function not found: arn:aws:lambda:us-east-1:000000000000:function:none",
  ],
  [
    "PutFunctionConcurrency",
    { FunctionName: "none", ReservedConcurrentExecutions: -1 },
    "ValidationException",
    one("'-1'", "reservedConcurrentExecutions", "have value greater than or equal to 0"),
  ],
  [
    "GetPolicy",
    { FunctionName: "none" },
    "ResourceNotFoundException",
    "Function not found: arn:aws:lambda:us-east-1:000000000000:function:none",
  ],
  [
    "GetEventSourceMapping",
    { UUID: "00000000-0000-0000-0000-000000000000" },
    "ResourceNotFoundException",
    "The resource you requested does not exist.",
  ],
  [
    "ListFunctions",
    { MaxItems: 0 },
    "ValidationException",
    one("'0'", "maxItems", "have value greater than or equal to 1"),
  ],
  [
    "GetLayerVersion",
    { LayerName: "none", VersionNumber: 1 },
    "ResourceNotFoundException",
    "The resource you requested does not exist.",
  ],
] satisfies Refusal[];
