/** Scripts that start the runtime: `AWS_LAMBDA_EXEC_WRAPPER`. */
import * as sdk from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { Functions, zip } from "./testing.js";

let cloud: RunningCloud;
let functions: Functions;
beforeAll(async () => {
  cloud = await startCloud();
  functions = new Functions(cloud);
});
afterAll(() => cloud.close());

/** Puts an option before the last argument, which is the program, and sets a variable. */
const script = (option: string) => ({
  content: `#!/bin/sh
last=$#
for argument in "$@"; do
  [ $last = 1 ] && set -- "$@" ${option}
  set -- "$@" "$argument"
  shift
  last=$((last - 1))
done
export WRAPPED="by $AWS_LAMBDA_FUNCTION_NAME"
exec "$@"
`,
  mode: 0o100755,
});
const wrappedBy = (path: string) => ({ Environment: { Variables: { AWS_LAMBDA_EXEC_WRAPPER: path } } });

describe("a wrapper", () => {
  it("of a layer starts node, with options and variables of its own", async () => {
    const published = await functions.client.send(
      new sdk.PublishLayerVersionCommand({
        LayerName: "wrapper",
        Content: { ZipFile: await zip({ wrapper: script("--expose-gc") }) },
      }),
    );
    const name = await functions.create(
      "exports.handler = async (event) => [event, process.env.WRAPPED, typeof gc, process.env.AWS_LAMBDA_EXEC_WRAPPER];",
      { ...wrappedBy("/opt/wrapper"), Layers: [published.LayerVersionArn as string] },
    );
    const { result } = await functions.invoke(name, { a: 1 });
    expect(result).toEqual([{ a: 1 }, `by ${name}`, "function", "/opt/wrapper"]);
    expect((await functions.invoke(name, 2)).result[0]).toBe(2);
  });

  it("of the function starts Python", async () => {
    const files = {
      "index.py":
        "import os, sys\ndef handler(event, context):\n  return [os.environ['WRAPPED'], sys.flags.dont_write_bytecode]",
      "start.sh": script("-B"),
    };
    const name = await functions.create(files, { Runtime: "python3.12", ...wrappedBy("/var/task/start.sh") });
    expect((await functions.invoke(name)).result).toEqual([`by ${name}`, 1]);
  });

  it("that is not there, or cannot be run, fails the start", async () => {
    const files = { "index.js": "exports.handler = async () => 1;", plain: "#!/bin/sh" };
    for (const [path, reason] of [
      ["/var/task/none", "no such file or directory"],
      ["/var/task/plain", "permission denied"],
    ] as const) {
      const { result } = await functions.invoke(await functions.create(files, wrappedBy(path)));
      expect(result.errorType).toBe("Runtime.InvalidEntrypoint");
      expect(result.errorMessage).toContain(reason);
    }
  });
});
