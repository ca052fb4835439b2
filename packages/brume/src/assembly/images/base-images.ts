/** The images that Dockerfiles begin with, as far as a build without Docker knows them. */

/** What an image says of how it is run, as the OCI Image Specification names it. */
export interface ImageConfiguration {
  readonly Env: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir: string;
  readonly User?: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
}

/** Says which image the layers of a built one belong on: they are not in it. */
export const BASE_LABEL = "brume.base-image";

export interface BaseImage {
  readonly configuration: ImageConfiguration;
  /** Whether functions can be run from it as it is: it brings the runtime. */
  readonly runsFunctions: boolean;
  /** Where pip puts packages that are for no folder of their own; absent where there is no Python. */
  readonly pythonPackages?: string;
}

const TASK_ROOT = "/var/task";
const LAMBDA_ENV = [
  "LANG=en_US.UTF-8",
  "TZ=:/etc/localtime",
  "PATH=/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
  "LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
  `LAMBDA_TASK_ROOT=${TASK_ROOT}`,
  "LAMBDA_RUNTIME_DIR=/var/runtime",
];
const COMMON_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const pythonVersion = (tag: string) => /^(3\.\d+)/.exec(tag)?.[1] ?? "3";

type Make = (reference: string, name: string, tag: string) => BaseImage;

const lambda: Make = (reference, name, tag) => ({
  configuration: {
    Env: LAMBDA_ENV,
    Entrypoint: ["/lambda-entrypoint.sh"],
    WorkingDir: TASK_ROOT,
    Labels: { [BASE_LABEL]: reference },
  },
  runsFunctions: true,
  ...(name === "python" ? { pythonPackages: `/var/lang/lib/python${pythonVersion(tag)}/site-packages` } : {}),
});

/** An image to build in, and one to run in only when it is told how. */
const plain: Make = (reference, name, tag) => ({
  configuration: {
    Env: [COMMON_PATH],
    ...(name === "node" ? { Cmd: ["node"] } : name === "python" ? { Cmd: ["python3"] } : {}),
    WorkingDir: name === "golang" ? "/go" : "/",
    Labels: { [BASE_LABEL]: reference },
  },
  runsFunctions: false,
  ...(name === "python" ? { pythonPackages: `/usr/local/lib/python${pythonVersion(tag)}/site-packages` } : {}),
});

const build: Make = (reference, name, tag) => ({ ...lambda(reference, name, tag), runsFunctions: false });

/** By what the reference looks like: the name that decides is the pattern's first group, the tag its second. */
const KNOWN: [pattern: RegExp, make: Make][] = [
  [
    /^(?:public\.ecr\.aws\/lambda\/|(?:docker\.io\/)?amazon\/aws-lambda-)(nodejs|python|provided|java|dotnet|ruby|go)(?::([^@]+))?(?:@.*)?$/,
    lambda,
  ],
  [
    /^(?:public\.ecr\.aws\/sam\/|(?:docker\.io\/)?amazon\/aws-sam-cli-)build-(nodejs|python|provided|go|java|dotnet|ruby)([^:@]*)(?:[:@].*)?$/,
    build,
  ],
  [
    /^(?:(?:docker\.io\/)?(?:library\/)?|public\.ecr\.aws\/docker\/library\/)(node|python|golang|alpine|debian|ubuntu|busybox|amazonlinux)(?::([^@]+))?(?:@.*)?$/,
    plain,
  ],
  [/^public\.ecr\.aws\/amazonlinux\/(amazonlinux)(?::([^@]+))?(?:@.*)?$/, plain],
  [/^(scratch)$/, plain],
];

/** What is known of an image; `undefined` for one that only Docker can fetch. */
export function findBaseImage(reference: string): BaseImage | undefined {
  for (const [pattern, make] of KNOWN) {
    const [match, name = "", tag = ""] = pattern.exec(reference) ?? [];
    if (match !== undefined) return make(reference, name, tag);
  }
  return undefined;
}
