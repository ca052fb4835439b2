/** What a function's configuration may be: AWS's checks, defaults and messages. */
import type { CreateFunctionRequest, Layer, Runtime, UpdateFunctionConfigurationRequest } from "@aws-sdk/client-lambda";
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { invalidParameter, validationError } from "./names.js";
import { type Configuration, layerVersions } from "./tables.js";

/** Runtimes that AWS knows, the retired ones included: templates of some age name them. */
const RUNTIMES = [
  "nodejs26.x",
  "nodejs24.x",
  "nodejs22.x",
  "nodejs20.x",
  "nodejs18.x",
  "nodejs16.x",
  "nodejs14.x",
  "nodejs12.x",
  "python3.15",
  "python3.14",
  "python3.13",
  "python3.12",
  "python3.11",
  "python3.10",
  "python3.9",
  "python3.8",
  "java25",
  "java21",
  "java17",
  "java11",
  "java8.al2",
  "dotnet10",
  "dotnet8",
  "dotnet6",
  "ruby3.4",
  "ruby3.3",
  "ruby3.2",
  "go1.x",
  "provided.al2023",
  "provided.al2",
  "provided",
] satisfies Runtime[];

const RESERVED_KEYS = new Set([
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_DEFAULT_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_LAMBDA_RUNTIME_API",
  "AWS_REGION",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "LAMBDA_RUNTIME_DIR",
  "LAMBDA_TASK_ROOT",
]);
const MAX_ENVIRONMENT_BYTES = 4096;
const MAX_LAYERS = 5;
const ROLE = /^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role\/?[a-zA-Z_0-9+=,.@\-_/]+$/;

/** The members that creating and updating have in common. */
type Settings = Omit<
  CreateFunctionRequest,
  "FunctionName" | "Code" | "Role" | "Publish" | "Tags" | "Architectures" | "PackageType"
> &
  Pick<UpdateFunctionConfigurationRequest, "Role">;

const LIMITS: [member: "Timeout" | "MemorySize", shown: string, min: number, max: number][] = [
  ["Timeout", "timeout", 1, 900],
  ["MemorySize", "memorySize", 128, 10_240],
];

/** @throws AwsError for the first member that Lambda would refuse */
export function checkSettings(input: Settings): void {
  for (const [member, shown, min, max] of LIMITS) {
    const value = input[member];
    if (value === undefined) continue;
    if (value < min) throw validationError(value, shown, `Member must have value greater than or equal to ${min}`);
    if (value > max) throw validationError(value, shown, `Member must have value less than or equal to ${max}`);
  }
  const { Role, Runtime, Handler, Description, Environment, Layers, EphemeralStorage } = input;
  if (Role !== undefined && !ROLE.test(Role)) {
    throw validationError(
      Role,
      "role",
      "Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
    );
  }
  if (Runtime !== undefined && !(RUNTIMES as readonly string[]).includes(Runtime)) {
    throw invalidParameter(
      `Value ${Runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${RUNTIMES.join(", ")}] or be a valid ARN`,
    );
  }
  if (Handler !== undefined && !/^[^\s]{0,128}$/.test(Handler)) {
    throw validationError(Handler, "handler", "Member must satisfy regular expression pattern: [^\\s]+");
  }
  if (Description !== undefined && Description.length > 256) {
    throw validationError(Description, "description", "Member must have length less than or equal to 256");
  }
  const storage = EphemeralStorage?.Size;
  if (storage !== undefined && (storage < 512 || storage > 10_240)) {
    const bound = storage < 512 ? "greater than or equal to 512" : "less than or equal to 10240";
    throw validationError(storage, "ephemeralStorage.size", `Member must have value ${bound}`);
  }
  if (Environment?.Variables) checkEnvironment(Environment.Variables);
  if (Layers && Layers.length > MAX_LAYERS)
    throw invalidParameter(`You cannot reference more than ${MAX_LAYERS} layers.`);
}

function checkEnvironment(variables: Record<string, string>): void {
  const names = Object.keys(variables);
  const reserved = names.filter((name) => RESERVED_KEYS.has(name));
  if (reserved.length > 0) {
    throw invalidParameter(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(", ")}`,
    );
  }
  const wrong = names.find((name) => !/^[a-zA-Z]([a-zA-Z0-9_])+$/.test(name));
  if (wrong !== undefined) {
    throw validationError(
      `{${names.join(", ")}}`,
      "environment.variables",
      "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
    );
  }
  const text = JSON.stringify(variables);
  if (Buffer.byteLength(text) > MAX_ENVIRONMENT_BYTES) {
    throw invalidParameter(
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${text}`,
    );
  }
}

/** The configuration after some of its settings are changed. Members that are not given stay as they are. */
export function applySettings(ctx: Context, before: Configuration, input: Settings): Configuration {
  const { VpcConfig, Environment, Layers, DeadLetterConfig, TracingConfig, SnapStart, LoggingConfig, ImageConfig } =
    input;
  const changed: Partial<Configuration> = {
    Runtime: input.Runtime,
    Role: input.Role,
    Handler: input.Handler,
    Description: input.Description,
    Timeout: input.Timeout,
    MemorySize: input.MemorySize,
    KMSKeyArn: input.KMSKeyArn,
    FileSystemConfigs: input.FileSystemConfigs,
    EphemeralStorage: input.EphemeralStorage,
    VpcConfig: VpcConfig && {
      SubnetIds: VpcConfig.SubnetIds ?? [],
      SecurityGroupIds: VpcConfig.SecurityGroupIds ?? [],
      VpcId: VpcConfig.SubnetIds?.length ? "vpc-00000000" : "",
      Ipv6AllowedForDualStack: VpcConfig.Ipv6AllowedForDualStack ?? false,
    },
    Environment: Environment && { Variables: Environment.Variables ?? {} },
    Layers: Layers?.map((arn) => findLayer(ctx, arn)),
    DeadLetterConfig,
    TracingConfig: TracingConfig && { Mode: TracingConfig.Mode ?? "PassThrough" },
    SnapStart: SnapStart && { ApplyOn: SnapStart.ApplyOn, OptimizationStatus: "Off" },
    LoggingConfig: LoggingConfig && {
      LogFormat: LoggingConfig.LogFormat ?? "Text",
      LogGroup: LoggingConfig.LogGroup ?? `/aws/lambda/${before.FunctionName}`,
      ...(LoggingConfig.LogFormat === "JSON"
        ? {
            ApplicationLogLevel: LoggingConfig.ApplicationLogLevel ?? "INFO",
            SystemLogLevel: LoggingConfig.SystemLogLevel ?? "INFO",
          }
        : {}),
    },
  };
  const given = Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined));
  const { ImageConfigResponse, ...rest } = before;
  // An image configuration that says nothing takes back the one before.
  const says = Object.values(ImageConfig ?? {}).some((value) => value.length > 0);
  const image = ImageConfig === undefined ? ImageConfigResponse : says ? { ImageConfig } : undefined;
  return { ...rest, ...given, ...(image ? { ImageConfigResponse: image } : {}) };
}

/** A layer version as a function's configuration shows it. @throws AwsError `InvalidParameterValueException` */
function findLayer(ctx: Context, arn: string): Layer {
  const parsed = parseArn(arn);
  const [, name, version] = /^layer:([^:]+):(\d+)$/.exec(parsed?.resource ?? "") ?? [];
  if (!parsed || !name) {
    throw validationError(arn, "layers", "Member must satisfy constraint: [Member must be the ARN of a layer version]");
  }
  const { account, region } = parsed;
  const row = ctx.table(layerVersions, { account, region }).get(name, Number(version));
  if (row) return { Arn: arn, CodeSize: row.Content?.CodeSize };
  if (account === ctx.account) throw invalidParameter(`Layer version ${arn} does not exist.`);
  // Differs from AWS: a layer that another account publishes cannot be had here. The function is made without it.
  const message = `The layer ${arn} belongs to an account that is not here: the function runs without it.`;
  ctx.emit("notice", { service: "lambda", message });
  return { Arn: arn, CodeSize: 0 };
}

/** `2026-11-24T06:06:49.000+0000`: the form in which Lambda gives times. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("Z", "+0000");
}
