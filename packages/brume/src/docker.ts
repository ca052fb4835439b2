/** The entry point of what stands for `docker` where the CDK CLI publishes images: see cli/docker.ts. */
import { docker } from "./cli/docker.js";
import { Output } from "./cli/output.js";

try {
  await docker(process.argv.slice(2));
} catch (error) {
  new Output(false).error(error);
  process.exitCode = 1;
}
