import { createReadStream, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTar, writeTar } from "../../kernel/tar.js";
import { type BuildInput, buildImage, planImage } from "./build.js";

let folder: string;
let context: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "brume-build-")));
  context = join(folder, "context");
  mkdirSync(context);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NODE = "FROM public.ecr.aws/lambda/nodejs:20";

function write(files: Record<string, string | Buffer>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(context, name)), { recursive: true });
    writeFileSync(join(context, name), content);
  }
}

const inputOf = (more: Partial<BuildInput> = {}): BuildInput => ({
  directory: context,
  dockerfile: "Dockerfile",
  buildArgs: {},
  target: undefined,
  platform: undefined,
  ...more,
});

/** Builds, and returns the configuration and the layer: contents of files, `-> target` of links. */
async function build(lines: string[], more: Partial<BuildInput> = {}) {
  write({ Dockerfile: lines.join("\n") });
  const input = inputOf(more);
  const work = realpathSync(mkdtempSync(join(folder, "work-")));
  const image = await buildImage(input, planImage(input), work);
  const files: Record<string, string> = {};
  const modes: Record<string, number> = {};
  for await (const { path, type, mode, target, body } of readTar(createReadStream(image.layer.file))) {
    if (type === "directory") continue;
    files[path] = type === "symlink" ? `-> ${target}` : (await buffer(Readable.from(body))).toString();
    modes[path] = mode;
  }
  const configuration = JSON.parse(image.configuration);
  return { image, files, modes, config: configuration.config, configuration };
}

const refusal = (lines: string[], more: Partial<BuildInput> = {}) => {
  write({ Dockerfile: lines.join("\n") });
  return () => planImage(inputOf(more));
};

describe("buildImage", () => {
  it("makes an image of a Lambda base image and files", async () => {
    write({ "index.js": "exports.handler = 1", "lib/a.js": "a" });
    const { files, config, configuration, image } = await build(
      [
        NODE,
        "ENV STAGE=test ROOT=$LAMBDA_TASK_ROOT",
        "COPY index.js ${LAMBDA_TASK_ROOT}",
        "COPY lib ./lib",
        'CMD ["index.handler"]',
      ],
      { platform: "linux/arm64" },
    );
    expect(files).toEqual({ "var/task/index.js": "exports.handler = 1", "var/task/lib/a.js": "a" });
    expect(config).toMatchObject({
      Entrypoint: ["/lambda-entrypoint.sh"],
      Cmd: ["index.handler"],
      WorkingDir: "/var/task",
      Labels: { "brume.base-image": "public.ecr.aws/lambda/nodejs:20" },
    });
    expect(config.Env).toEqual(
      expect.arrayContaining(["LAMBDA_TASK_ROOT=/var/task", "LAMBDA_RUNTIME_DIR=/var/runtime", "ROOT=/var/task"]),
    );
    expect(configuration).toMatchObject({ architecture: "arm64", rootfs: { diff_ids: [image.layer.digest] } });
  });

  it("makes equal images of equal files", async () => {
    write({ "index.js": "1" });
    const lines = [NODE, "COPY . ."];
    expect((await build(lines)).image.manifest).toBe((await build(lines)).image.manifest);
  });

  it("builds in stages, and leaves out those that are not needed", async () => {
    write({ "src/index.js": "built" });
    const { files } = await build([
      "ARG VERSION=18",
      "FROM node:$VERSION AS build",
      "WORKDIR /usr/app",
      "COPY src/ .",
      "RUN mkdir dist && cp index.js dist/ && ln -s /usr/app/dist/index.js dist/link.js",
      "FROM example.com/other AS unused",
      "RUN make everything",
      NODE,
      "WORKDIR ${LAMBDA_TASK_ROOT}",
      "COPY --from=build /usr/app/dist/* ./",
      "COPY --from=0 /usr/app/dist all",
    ]);
    expect(files).toEqual({
      "var/task/index.js": "built",
      "var/task/link.js": "built",
      "var/task/all/index.js": "built",
      "var/task/all/link.js": "-> /usr/app/dist/index.js",
    });
  });

  it("honours target, build arguments, their defaults and the order in which variables count", async () => {
    const lines = [
      "ARG COMMON=c",
      `${NODE} AS base`,
      "ARG COMMON",
      "ARG A=default",
      "ARG B",
      "ENV X=$A-$B-$COMMON A=env",
      "RUN echo $A > a.txt",
      "FROM base AS one",
      'LABEL which="one $X"',
      "EXPOSE 8080 53/udp",
      "USER nobody",
      "FROM base",
      "LABEL which=last",
    ];
    const { config, files } = await build(lines, { target: "one", buildArgs: { B: "given" } });
    expect(config.Labels.which).toBe("one default-given-c");
    expect(config).toMatchObject({ ExposedPorts: { "8080/tcp": {}, "53/udp": {} }, User: "nobody" });
    expect(files).toEqual({ "var/task/a.txt": "env\n" });
  });

  it("keeps out what .dockerignore does, and copies by patterns", async () => {
    write({
      ".dockerignore": "*.md\n!keep.md\nnode_modules",
      "a.md": "",
      "keep.md": "k",
      "node_modules/x": "",
      "b1.js": "1",
    });
    write({ "b2.js": "2", "c.js": "3" });
    expect((await build([NODE, "COPY . /all/", "COPY b?.js /some/"])).files).toEqual({
      "all/.dockerignore": "*.md\n!keep.md\nnode_modules",
      "all/Dockerfile": `${NODE}\nCOPY . /all/\nCOPY b?.js /some/`,
      "all/keep.md": "k",
      "all/b1.js": "1",
      "all/b2.js": "2",
      "all/c.js": "3",
      "some/b1.js": "1",
      "some/b2.js": "2",
    });
  });

  it("copies modes, links, here-documents, and unpacks archives that are added", async () => {
    write({ "bin/run.sh": "#!/bin/sh" });
    symlinkSync("run.sh", join(context, "bin/link"));
    symlinkSync("/etc/passwd", join(context, "bin/outside"));
    const tar = await buffer(
      Readable.from(
        writeTar([
          { path: "../../inside.txt", type: "file", mode: 0o644, content: Buffer.from("i") },
          { path: "up", type: "symlink", mode: 0o777, target: "../../../../etc" },
        ]),
      ),
    );
    write({ "archive.tgz": gzipSync(tar) });
    const { files, modes } = await build([
      NODE,
      "COPY --chmod=755 bin /opt/bin",
      "COPY <<EOF /opt/text",
      "at $LAMBDA_TASK_ROOT",
      "EOF",
      "ADD archive.tgz /unpacked/",
    ]);
    expect(files).toEqual({
      "opt/bin/run.sh": "#!/bin/sh",
      "opt/bin/link": "-> run.sh",
      "opt/bin/outside": "-> /etc/passwd",
      "opt/text": "at /var/task\n",
      "unpacked/inside.txt": "i",
      "unpacked/up": "-> /etc",
    });
    expect(modes["opt/bin/run.sh"]).toBe(0o755);
  });

  it("runs commands in the image's folder, wherever their paths lead", async () => {
    write({ "a.txt": "a" });
    const { files } = await build([
      NODE,
      "COPY a.txt .",
      "RUN cp a.txt /opt.txt && mv a.txt ../moved.txt && echo done >> ${LAMBDA_TASK_ROOT}/log && chmod 600 /opt.txt",
      "RUN <<EOF",
      "mkdir -p /srv",
      "echo one > /srv/one",
      "EOF",
      'RUN ["cp", "/srv/one", "/srv/two words"]',
    ]);
    expect(files).toEqual({
      "opt.txt": "a",
      "var/moved.txt": "a",
      "var/task/log": "done\n",
      "srv/one": "one\n",
      "srv/two words": "one\n",
    });
  });

  it("forgets the base image's command when the entry point is another", async () => {
    write({ main: "#!/bin/sh" });
    const { config } = await build(["FROM python:3.12", "COPY main /main", 'ENTRYPOINT ["/main"]']);
    expect(config.Cmd).toBeUndefined();
    expect((await build([NODE, "CMD a.b", "ENTRYPOINT /x y"])).config).toMatchObject({
      Cmd: ["/bin/sh", "-c", "a.b"],
      Entrypoint: ["/bin/sh", "-c", "/x y"],
    });
  });

  it("says which line failed, and what it printed", async () => {
    await expect(build([NODE, "COPY none ."])).rejects.toMatchObject({
      code: "ImageBuildFailed",
      message: expect.stringContaining('"none" is not there'),
      where: `${join(context, "Dockerfile")}:2`,
    });
    await expect(build([NODE, "RUN cat /nothing"])).rejects.toThrow(/RUN cat \/nothing ended with 1:\n.*No such file/);
  });
});

describe("planImage", () => {
  it.each([
    [["FROM nginx"], "FROM nginx: this image can only be had with Docker", 1],
    [[NODE, "RUN dnf install -y gcc"], "dnf install changes the operating system", 2],
    [[NODE, "", "COPY --from=example.com/tool /x /x"], "this image can only be had with Docker", 3],
    [[NODE, "ADD https://example.com/x /x"], "only local files are added", 2],
    [[NODE, "RUN --mount=type=secret,id=x npm ci"], "--mount=type=secret,id=x is not understood", 2],
    [[NODE, 'SHELL ["bash"]'], "SHELL is not understood", 2],
    [[NODE, "RUN uv sync --not-here && poetry install"], "is not on this machine", 2],
  ])("wants Docker for %j", (lines, message, line) => {
    const plan = refusal(lines as string[]);
    expect(plan).toThrow(message as string);
    try {
      plan();
    } catch (error) {
      expect(error).toMatchObject({ line });
    }
  });

  it("finds the target", () => {
    expect(refusal([NODE], { target: "none" })).toThrow("there is no stage none");
  });
});
