/** Java functions: run by the runtime interface client for Java, where a function or this machine has it. */
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { Program } from "./image-entry.js";

const MAIN_CLASS = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda";
const CLIENT = "aws-lambda-java-runtime-interface-client";
/** The client, and what it needs. */
const ARTIFACTS = [CLIENT, "aws-lambda-java-core", "aws-lambda-java-serialization"];

/** What is missing where a Java function cannot be run, and where it is looked for. */
export const NO_JAVA_CLIENT = `${CLIENT} is neither in the function's lib folder nor in the Maven repository of this machine (mvn dependency:get -Dartifact=com.amazonaws:${CLIENT}:2.6.0)`;

/** `java` with the class path of a function; `undefined` where the runtime interface client is not to be found. */
export function javaProgram(taskRoot: string, layers: string | undefined, handler: string): Program | undefined {
  const folders = [join(taskRoot, "lib"), ...(layers ? [join(layers, "java", "lib")] : [])];
  const brings = folders.some((folder) => namesIn(folder).some((name) => name.startsWith(`${CLIENT}-`)));
  // An image from AWS's base image has the client where the runtime is.
  const runtime = join(taskRoot, "..", "runtime", "lib");
  const client = brings ? [] : existsSync(runtime) ? [join(runtime, "*")] : mavenJars();
  if (!client) return undefined;
  const classPath = [...client, taskRoot, ...folders.map((folder) => join(folder, "*"))].join(delimiter);
  return { file: "java", args: ["-cp", classPath, MAIN_CLASS, handler] };
}

const namesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);

/** The newest of each of the client's archives in the Maven repository of whoever runs the cloud. */
function mavenJars(): string[] | undefined {
  const repository = join(homedir(), ".m2", "repository", "com", "amazonaws");
  const jars = ARTIFACTS.map((artifact) =>
    namesIn(join(repository, artifact))
      .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
      .map((version) => join(repository, artifact, version, `${artifact}-${version}.jar`))
      .find((jar) => existsSync(jar)),
  );
  return jars.every((jar) => jar !== undefined) ? jars : undefined;
}
