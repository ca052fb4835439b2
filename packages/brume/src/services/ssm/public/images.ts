/** The public parameters that name machine images and container images. */
import { createHash } from "node:crypto";

const KUBERNETES = "{1.29,1.30,1.31,1.32,1.33,1.34}";
const LANGUAGES =
  "{Chinese_Simplified,Chinese_Traditional,Czech,Dutch,English,French,German,Hungarian,Italian,Japanese,Korean,Polish," +
  "Portuguese_Brazil,Portuguese_Portugal,Russian,Spanish,Swedish,Turkish}";
const SQL = "{Enterprise,Express,Standard,Web}";

/** Names of parameters whose values are image ids; `{a,b}` stands for one and the other. */
const IMAGES = [
  "ami-amazon-linux-latest/al2023-ami-{,minimal-}kernel-{default,6.1,6.12}-{x86_64,arm64}",
  "ami-amazon-linux-latest/amzn2-ami-{,kernel-5.10-}hvm-{x86_64-ebs,x86_64-gp2,arm64-gp2}",
  "ami-amazon-linux-latest/amzn2-ami-minimal-hvm-{x86_64,arm64}-ebs",
  "ami-amazon-linux-latest/amzn-ami-{,minimal-}{hvm,pv}-x86_64-{ebs,s3}",
  "ami-amazon-linux-latest/amzn-ami-hvm-x86_64-gp2",
  `ami-windows-latest/Windows_Server-{2016,2019,2022,2025}-${LANGUAGES}-Full-Base`,
  "ami-windows-latest/{,EC2LaunchV2-,TPM-}Windows_Server-{2016,2019,2022,2025}-English-{Core,Full}-Base",
  "ami-windows-latest/Windows_Server-{2016,2019,2022,2025}-English-{Core,Full}-ContainersLatest",
  `ami-windows-latest/Windows_Server-{2016,2019,2022,2025}-English-Full-SQL_{2017,2019,2022}_${SQL}`,
  `ami-windows-latest/Windows_Server-{2016,2019}-{English,Japanese}-Full-SQL_2016_SP3_${SQL}`,
  `ami-windows-latest/Windows_Server-{2016,2019,2022}-Japanese-Full-SQL_{2017,2019,2022}_${SQL}`,
  "ami-windows-latest/Windows_Server-{2016,2019,2022}-English-STIG-{Core,Full}",
  "canonical/ubuntu/{server,server-minimal}/{22.04,24.04,jammy,noble}/stable/current/{amd64,arm64}/hvm/{ebs-gp2,ebs-gp3}/ami-id",
  "canonical/ubuntu/server/{16.04,18.04,20.04,bionic,focal,xenial}/stable/current/{amd64,arm64}/hvm/ebs-gp2/ami-id",
  "canonical/ubuntu/pro-server/{18.04,20.04,22.04,24.04}/stable/current/{amd64,arm64}/hvm/ebs-gp2/ami-id",
  `canonical/ubuntu/eks/{22.04,24.04}/${KUBERNETES}/stable/current/{amd64,arm64}/hvm/ebs-gp2/ami-id`,
  "debian/release/{10,11,12,13}/latest/{amd64,arm64}",
  "debian/daily/{bookworm,bullseye,trixie}/latest/{amd64,arm64}",
  "suse/sles/{12-sp5,15-sp5,15-sp6}/{x86_64,arm64}/latest",
  "freebsd/{amd64,aarch64}/base/{ufs,zfs}/{13.4,14.2}/RELEASE",
  "deeplearning/ami/{x86_64,arm64}/base-oss-nvidia-driver-gpu-{amazon-linux-2023,ubuntu-22.04}/latest/ami-id",
];

/** Names of images that Amazon ECS recommends, and what they run on. */
const ECS = [
  ["amazon-linux-2023{,/arm64,/gpu,/neuron}", "Amazon Linux 2023"],
  [
    "amazon-linux-2{,/arm64,/gpu,/inf,/kernel-5.10,/kernel-5.10/arm64,/kernel-5.10/gpu,/kernel-5.10/inf}",
    "Amazon Linux 2",
  ],
  ["amazon-linux", "Amazon Linux AMI"],
] as const;
const ECS_AGENT = "1.99.0";
const ECS_RUNTIME = "Docker version 25.0.8";
const RELEASE = "20251108";

/** Names of images that Amazon EKS recommends. */
const EKS = [
  `${KUBERNETES}/amazon-linux-2023/{x86_64,arm64}/standard`,
  `${KUBERNETES}/amazon-linux-2023/x86_64/{nvidia,neuron}`,
  "{1.29,1.30,1.31,1.32}/amazon-linux-2{,-arm64,-gpu}",
];

const BOTTLEROCKET = [`aws-k8s-${KUBERNETES}{,-nvidia,-fips}`, "aws-ecs-{1,2,2-fips,2-nvidia}"];
const BOTTLEROCKET_VERSION = "1.49.0";

const FLUENT_BIT_TAGS = ["stable", "latest", "2.28.0", "2.31.12", "2.32.0", "2.33.0", "2.34.0"];

/** All texts that a pattern with `{a,b}` stands for. */
function expand(pattern: string): string[] {
  const [, before = "", choices, after = ""] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(pattern) ?? [];
  if (choices === undefined) return [pattern];
  const rest = expand(after);
  return choices.split(",").flatMap((choice) => rest.map((one) => before + choice + one));
}

/** An image id that depends on the parameter's name and the region alone. */
export const imageId = (name: string, region: string) =>
  `ami-0${createHash("sha256").update(`${region} ${name}`).digest("hex").slice(0, 16)}`;

type Value = (region: string) => string;
type Entries = [name: string, value: Value][];

/** A parameter that names several facts as JSON, and one parameter for each. */
function withFacts(name: string, facts: Readonly<Record<string, Value>>): Entries {
  const whole: Value = (region) =>
    JSON.stringify(Object.fromEntries(Object.entries(facts).map(([key, value]) => [key, value(region)])));
  return [[name, whole], ...Object.entries(facts).map(([key, value]): [string, Value] => [`${name}/${key}`, value])];
}

const constant =
  (text: string): Value =>
  () =>
    text;

/** The facts of an image that Amazon ECS recommends, for a family such as `amazon-linux-2/arm64`. */
export function ecsParameters(family: string, os: string): Entries {
  const name = `/aws/service/ecs/optimized-ami/${family}/recommended`;
  const architecture = family.endsWith("arm64") ? "arm64" : "x86_64";
  return withFacts(name, {
    ecs_agent_version: constant(ECS_AGENT),
    ecs_runtime_version: constant(ECS_RUNTIME),
    image_id: (region) => imageId(`${name}/image_id`, region),
    image_name: constant(`${family.replaceAll("/", "-")}-ecs-hvm-2.0.${RELEASE}-${architecture}-ebs`),
    image_version: constant(`2.0.${RELEASE}`),
    os: constant(os),
    schema_version: constant("1"),
    source_image_name: constant(`${family.split("/")[0]}-ami-hvm-2.0.${RELEASE}-${architecture}-gp2`),
  });
}

function windowsEcsParameters(version: string, edition: string): Entries {
  const image = `Windows_Server-${version}-English-${edition}-ECS_Optimized`;
  const name = `/aws/service/ami-windows-latest/${image}`;
  return withFacts(name, {
    ecs_agent_version: constant(ECS_AGENT),
    ecs_runtime_version: constant(ECS_RUNTIME),
    image_id: (region) => imageId(`${name}/image_id`, region),
    image_name: constant(`${image}-2025.11.08`),
    image_version: constant("2025.11.08"),
    os: constant(`Windows Server ${version} English ${edition}`),
    schema_version: constant("1"),
  });
}

function eksParameters(family: string): Entries {
  const [version = ""] = family.split("/");
  const name = `/aws/service/eks/optimized-ami/${family}/recommended`;
  return withFacts(name, {
    image_id: (region) => imageId(`${name}/image_id`, region),
    image_name: constant(`amazon-eks-node-${family.split("/").slice(1).join("-")}-${version}-v${RELEASE}`),
    release_version: constant(`${version}.0-${RELEASE}`),
    schema_version: constant("2"),
  });
}

function bottlerocketParameters(path: string): Entries {
  return [
    [`${path}/image_id`, (region) => imageId(`${path}/image_id`, region)],
    [`${path}/image_version`, constant(BOTTLEROCKET_VERSION)],
  ];
}

/** The account that publishes Fluent Bit's images. */
const FLUENT_BIT_ACCOUNT = "906394416424";

/** All parameters of images, by name. */
// Differs from AWS: image ids are made up, and stay the same; the names are those of the images most used.
export function imageParameters(): Entries {
  const named = IMAGES.flatMap(expand).map((path): [string, Value] => {
    const name = `/aws/service/${path}`;
    return [name, (region) => imageId(name, region)];
  });
  const windows = `ami-windows-latest/Windows_Server-{2019,2022}-English-{Core,Full}-EKS_Optimized-${KUBERNETES}`;
  return [
    ...named,
    ...ECS.flatMap(([families, os]) => expand(families).flatMap((family) => ecsParameters(family, os))),
    ...["2016", "2019", "2022", "2025"].flatMap((version) =>
      (version === "2016" ? ["Full"] : ["Core", "Full"]).flatMap((edition) => windowsEcsParameters(version, edition)),
    ),
    ...expand(windows).flatMap((path) => {
      const name = `/aws/service/${path}`;
      return withFacts(name, {
        image_id: (region) => imageId(`${name}/image_id`, region),
        release_version: constant("2025.11.08"),
      });
    }),
    ...EKS.flatMap(expand).flatMap(eksParameters),
    ...BOTTLEROCKET.flatMap(expand)
      .flatMap((variant) =>
        expand(`/aws/service/bottlerocket/${variant}/{x86_64,arm64}/{latest,${BOTTLEROCKET_VERSION}}`),
      )
      .flatMap(bottlerocketParameters),
    ...FLUENT_BIT_TAGS.map((tag): [string, Value] => [
      `/aws/service/aws-for-fluent-bit/${tag}`,
      (region) => `${FLUENT_BIT_ACCOUNT}.dkr.ecr.${region}.amazonaws.com/aws-for-fluent-bit:${tag}`,
    ]),
  ];
}

/** How the names of images are formed that are not listed: older and newer versions of the same families. */
const UNLISTED = [
  /^\/aws\/service\/ami-amazon-linux-latest\/(al2022-ami|al2023-ami|amzn2-ami|amzn-ami)[\w.-]*$/,
  /^\/aws\/service\/ami-windows-latest\/[\w.-]+(\/image_id)?$/,
  /^\/aws\/service\/eks\/optimized-ami\/1\.\d+\/[\w./-]+\/image_id$/,
  /^\/aws\/service\/bottlerocket\/[\w.-]+\/(x86_64|arm64)\/[\w.-]+\/image_id$/,
  /^\/aws\/service\/canonical\/ubuntu\/[\w./-]+\/ami-id$/,
  /^\/aws\/service\/debian\/(release|daily)\/[\w-]+\/[\w.-]+\/(amd64|arm64)$/,
  /^\/aws\/service\/(suse|freebsd|marketplace|deeplearning)\/[\w./-]+$/,
];

/** The image id of a name that is not listed but could be one; `undefined` for any other name. */
export function unlistedImage(name: string, region: string): string | undefined {
  return UNLISTED.some((pattern) => pattern.test(name)) ? imageId(name, region) : undefined;
}
