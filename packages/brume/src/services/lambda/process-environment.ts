/** The environment variables of a function's process. See "Defined runtime environment variables". */
import { delimiter, dirname, join } from "node:path";
import { runtimeFile } from "../../runtimes/interpreters.js";
import { baseEnvironment } from "../../runtimes/warm-processes.js";
import type { Session } from "./sessions.js";
import type { Configuration } from "./tables.js";

/** Where a function's process finds what it needs. */
export interface Places {
  readonly region: string;
  readonly endpoint: string;
  readonly runtimeApi: string;
  readonly taskRoot: string;
  /** What stands for `/opt`; absent for a function without layers. */
  readonly layers: string | undefined;
  /** Further places of Python's packages. */
  readonly pythonPath: readonly string[];
  /** Where the SDK's packages are linked. */
  readonly modules: string;
  readonly logStream: string;
}

export function processEnvironment(
  configuration: Configuration,
  session: Session,
  places: Places,
): Record<string, string> {
  const { region, taskRoot, layers, modules } = places;
  const { Runtime = "", LoggingConfig } = configuration;
  const base = baseEnvironment();
  const nodePath = [...(layers ? [join(layers, "nodejs", "node_modules")] : []), modules];
  const pythonPath = [taskRoot, ...(layers ? [join(layers, "python")] : []), ...places.pythonPath];
  // A function that asks npm for the SDK is answered at once: what it may use is linked already.
  const path = [...(layers ? [join(layers, "bin")] : []), dirname(runtimeFile("bin/npm")), base.PATH];
  return {
    ...base,
    PATH: path.join(delimiter),
    ...(Runtime.startsWith("nodejs") ? { NODE_PATH: nodePath.join(delimiter) } : {}),
    ...(Runtime.startsWith("python") ? { PYTHONPATH: pythonPath.join(delimiter) } : {}),
    ...(layers ? { AWS_LAMBDA_LAYERS_DIR: layers, LD_LIBRARY_PATH: join(layers, "lib") } : {}),
    AWS_EC2_METADATA_DISABLED: "true",
    ...configuration.Environment?.Variables,
    ...(LoggingConfig?.LogFormat === "JSON"
      ? { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: LoggingConfig.ApplicationLogLevel ?? "INFO" }
      : {}),
    _HANDLER: configuration.Handler ?? "",
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: places.endpoint,
    AWS_EXECUTION_ENV: `AWS_Lambda_${Runtime}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.MemorySize),
    AWS_LAMBDA_FUNCTION_NAME: configuration.FunctionName,
    AWS_LAMBDA_FUNCTION_VERSION: configuration.Version,
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: LoggingConfig?.LogGroup ?? `/aws/lambda/${configuration.FunctionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: places.logStream,
    AWS_LAMBDA_RUNTIME_API: places.runtimeApi,
    AWS_REGION: region,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
    AWS_SESSION_TOKEN: session.sessionToken,
    LAMBDA_RUNTIME_DIR: dirname(runtimeFile("node/bootstrap.mjs")),
    LAMBDA_TASK_ROOT: taskRoot,
  };
}
