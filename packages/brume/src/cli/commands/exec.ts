/** `brume exec`. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../../kernel/errors.js";
import { packageRoot } from "../../package-root.js";
import { ensureCloud } from "../connect.js";
import type { Action } from "../main.js";
import { placeOf } from "../place.js";

export const exec: Action = async ([words = []], options) => {
  const [command, ...rest] = words as string[];
  if (command === undefined)
    throw new UserError("NoCommand", "There is no command to run.", { hint: "Write brume exec -- COMMAND …" });
  const { cloud } = await ensureCloud(options);
  cloud.close();
  const { account, region } = placeOf(options);
  const shims = fileURLToPath(new URL("bin/shims", packageRoot));
  const env = {
    ...withoutAws(process.env),
    PATH: [shims, process.env.PATH].join(delimiter),
    AWS_ENDPOINT_URL: cloud.endpoint,
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: "brume",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    // The CDK CLI publishes images through it, without Docker.
    CDK_DOCKER: process.env.CDK_DOCKER ?? fileURLToPath(new URL("bin/brume-docker.mjs", packageRoot)),
  };
  const child = spawn(command, rest, { stdio: "inherit", env });
  return new Promise<number>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      const missing = error.code === "ENOENT";
      reject(
        missing
          ? new UserError("NoSuchCommand", `There is no command ${command} on this machine.`, { cause: error })
          : error,
      );
    });
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
};

/** The environment without what would lead an SDK elsewhere. */
function withoutAws(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) =>
        !/^AWS_(PROFILE|DEFAULT_PROFILE|SESSION_TOKEN|ENDPOINT_URL.*|ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|CA_BUNDLE)$/.test(
          name,
        ),
    ),
  );
}
