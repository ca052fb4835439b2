import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { javaProgram } from "./java.js";
import { Functions } from "./testing.js";

let cloud: RunningCloud;
let functions: Functions;
let home: string;
beforeAll(async () => {
  cloud = await startCloud();
  functions = new Functions(cloud);
  home = mkdtempSync(join(tmpdir(), "brume-java-"));
});
afterAll(async () => {
  await cloud.close();
  rmSync(home, { recursive: true });
});

const java = { Runtime: "java21", Handler: "example.Handler::handleRequest", Timeout: 30, MemorySize: 512 } as const;

/** What a machine without Maven's repository has. */
async function withoutMaven<T>(work: () => Promise<T>): Promise<T> {
  const before = process.env.HOME;
  process.env.HOME = home;
  try {
    return await work();
  } finally {
    process.env.HOME = before;
  }
}

/** A class, compiled by this machine; `undefined` where it has no compiler, or not the interfaces of Lambda. */
function compiled(): Record<string, Buffer> | undefined {
  const core = join(homedir(), ".m2/repository/com/amazonaws/aws-lambda-java-core");
  const [version] = existsSync(core) ? readdirSync(core).filter((name) => /^[\d.]+$/.test(name)) : [];
  if (!version || !javaProgram(home, undefined, "")) return undefined;
  const folder = mkdtempSync(join(home, "classes-"));
  writeFileSync(
    join(folder, "Handler.java"),
    `package example;
import com.amazonaws.services.lambda.runtime.*;
import java.util.Map;
public class Handler implements RequestHandler<Map<String, Object>, String> {
  public String handleRequest(Map<String, Object> event, Context context) {
    context.getLogger().log("logged");
    return context.getFunctionName() + " " + event.get("n");
  }
}`,
  );
  try {
    const jar = join(core, version, `aws-lambda-java-core-${version}.jar`);
    execFileSync("javac", ["-cp", jar, "-d", ".", "Handler.java"], { cwd: folder, stdio: "ignore" });
  } catch {
    return undefined;
  }
  return { "example/Handler.class": readFileSync(join(folder, "example/Handler.class")) };
}

describe("Java functions", () => {
  it("say what is missing where the runtime interface client is not there", async () => {
    await withoutMaven(async () => {
      const name = await functions.create({ "example/Handler.class": "x" }, java);
      await expect(functions.invoke(name)).rejects.toThrow(
        "The runtime java21 cannot be run: aws-lambda-java-runtime-interface-client is neither in the function's lib folder nor in the Maven repository of this machine",
      );
    });
  });

  it("take the client that a function brings itself", async () => {
    await withoutMaven(async () => {
      const folder = mkdtempSync(join(home, "task-"));
      expect(javaProgram(folder, undefined, "a.B")).toBeUndefined();
      execFileSync("mkdir", ["lib"], { cwd: folder });
      writeFileSync(join(folder, "lib/aws-lambda-java-runtime-interface-client-2.6.0.jar"), "");
      expect(javaProgram(folder, "/opt/x", "a.B")).toEqual({
        file: "java",
        args: [
          "-cp",
          `${folder}:${folder}/lib/*:/opt/x/java/lib/*`,
          "com.amazonaws.services.lambda.runtime.api.client.AWSLambda",
          "a.B",
        ],
      });
    });
  });

  it("are run by it", async (test) => {
    const classes = compiled();
    if (!classes) return test.skip();
    const name = await functions.create(classes as never, java);
    const { result, log } = await functions.invoke(name, { n: 7 });
    expect(result).toBe(`${name} 7`);
    expect(log).toContain("logged");
    expect((await functions.invoke(name, { n: 8 })).result).toBe(`${name} 8`);
  });
});
