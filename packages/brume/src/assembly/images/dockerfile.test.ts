import { describe, expect, it } from "vitest";
import { assignmentsOf, parseDockerfile, wordsOf } from "./dockerfile.js";
import { dockerignore } from "./dockerignore.js";
import { expand } from "./variables.js";

const parse = (...lines: string[]) => parseDockerfile(lines.join("\n"), "Dockerfile");

describe("parseDockerfile", () => {
  it("reads stages, flags, comments and continued lines", () => {
    const { globals, stages } = parse(
      "# syntax=docker/dockerfile:1",
      "ARG TAG=20",
      "FROM --platform=linux/arm64 node:$TAG AS Build",
      "RUN npm ci \\",
      "  # between",
      "",
      "  && npm run build",
      "from public.ecr.aws/lambda/nodejs:20",
      "COPY --from=build --chmod=755 /a /b ./",
    );
    expect(globals.map(({ rest }) => rest)).toEqual(["TAG=20"]);
    expect(stages).toMatchObject([
      { name: "build", base: "node:$TAG", platform: "linux/arm64", line: 3, instructions: [{ name: "RUN", line: 4 }] },
      { base: "public.ecr.aws/lambda/nodejs:20", line: 8 },
    ]);
    expect(stages[0]?.instructions[0]?.rest.replace(/\s+/g, " ")).toBe("npm ci && npm run build");
    expect(stages[1]?.instructions[0]).toMatchObject({
      flags: [
        ["from", "build"],
        ["chmod", "755"],
      ],
      rest: "/a /b ./",
    });
  });

  it("reads here-documents, and another escape character", () => {
    const { stages } = parse(
      "# escape=`",
      "FROM scratch",
      "RUN <<EOF",
      "mkdir a",
      "EOF",
      "COPY <<'one' <<two /x/",
      "$A",
      "one",
      "$B",
      "two",
      "RUN a `",
      "b",
    );
    expect(stages[0]?.instructions).toMatchObject([
      { documents: [{ word: "EOF", text: "mkdir a\n", expands: true }] },
      {
        documents: [
          { word: "one", text: "$A\n", expands: false },
          { word: "two", text: "$B\n", expands: true },
        ],
      },
      { rest: "a b" },
    ]);
  });

  it("says where it is malformed", () => {
    expect(() => parse("RUN x")).toThrow("begins with FROM");
    expect(() => parse("FROM a", "???")).toThrow("no instruction");
    expect(() => parse("FROM a", "RUN <<EOF", "x")).toThrow("does not end");
    expect(() => parse("# nothing")).toThrow("no FROM");
  });
});

describe("words", () => {
  it("are texts of an array, or parted by spaces outside of quotes", () => {
    expect(wordsOf('["a b", "c"]')).toEqual(["a b", "c"]);
    expect(wordsOf(`a "b c" d\\ e 'f g'`)).toEqual(["a", '"b c"', "d\\ e", "'f g'"]);
    expect(assignmentsOf('A=1 B="2 3"')).toEqual([
      ["A", "1"],
      ["B", '"2 3"'],
    ]);
    expect(assignmentsOf("A one two")).toEqual([["A", "one two"]]);
  });

  it("have their variables replaced", () => {
    const variables = { A: "1", EMPTY: "", TASK: "/var/task" };
    expect(expand("${TASK}/x \"$A b\" '$A' \\$A ${B:-c}${EMPTY:-d}${EMPTY-e}${A:+f}$B", variables)).toBe(
      "/var/task/x 1 b $A $A cdf",
    );
  });
});

describe("dockerignore", () => {
  it.each([
    ["node_modules", ["node_modules/a/b"], ["src/node_modules"]],
    ["**/node_modules", ["node_modules/a", "src/node_modules/b"], ["node_modules2"]],
    ["*.md\n!README.md", ["a.md"], ["README.md", "sub/a.md"]],
    ["# comment\n/dist/\ntemp?", ["dist/a", "temp1"], ["src/dist", "temp12"]],
    ["*\n!src\nsrc/secret", ["a", "src/secret"], ["src/index.js"]],
    ["**/*.[jt]s", ["a.ts", "b/c.js"], ["a.css"]],
  ])("%j", (text, out, kept) => {
    const ignore = dockerignore(text);
    for (const path of out) expect([path, ignore(path)]).toEqual([path, true]);
    for (const path of kept) expect([path, ignore(path)]).toEqual([path, false]);
  });
});
