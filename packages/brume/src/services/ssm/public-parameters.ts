/** The parameters under /aws/service/ that everybody can read. */
import { createHash } from "node:crypto";
import { partitionOf } from "../../kernel/arn.js";

const REGIONS: Readonly<Record<string, number>> = {
  "af-south-1": 3,
  "ap-east-1": 3,
  "ap-northeast-1": 3,
  "ap-northeast-2": 4,
  "ap-northeast-3": 3,
  "ap-south-1": 3,
  "ap-south-2": 3,
  "ap-southeast-1": 3,
  "ap-southeast-2": 3,
  "ap-southeast-3": 3,
  "ap-southeast-4": 3,
  "ca-central-1": 3,
  "ca-west-1": 3,
  "eu-central-1": 3,
  "eu-central-2": 3,
  "eu-north-1": 3,
  "eu-south-1": 3,
  "eu-south-2": 3,
  "eu-west-1": 3,
  "eu-west-2": 3,
  "eu-west-3": 3,
  "il-central-1": 3,
  "me-central-1": 3,
  "me-south-1": 3,
  "sa-east-1": 3,
  "us-east-1": 6,
  "us-east-2": 3,
  "us-west-1": 2,
  "us-west-2": 4,
};

/** Paths whose parameters are AMI ids. */
const IMAGES = [
  /^\/aws\/service\/ami-amazon-linux-latest\/(al2023-ami|amzn2-ami|amzn-ami|amzn-al2023)[\w.-]*$/,
  /^\/aws\/service\/ami-windows-latest\/[\w.-]+$/,
  /^\/aws\/service\/(ecs|eks)\/optimized-ami\/.*\/(image_id|recommended\/image_id)$/,
  /^\/aws\/service\/bottlerocket\/.*\/image_id$/,
  /^\/aws\/service\/(canonical|debian|suse|freebsd|marketplace|deeplearning)\/.*(ami-id|image-id|\/ami)[\w./-]*$/,
];
const ECS_RECOMMENDED = /^\/aws\/service\/ecs\/optimized-ami\/(.+)\/recommended$/;
const REGION_PATH = /^\/aws\/service\/global-infrastructure\/regions\/([\w-]+)(?:\/(\w+))?$/;
const ZONE_PATH = /^\/aws\/service\/global-infrastructure\/availability-zones\/([\w-]+)$/;

/** An AMI id that depends on the parameter's name and the region alone. */
const imageId = (name: string, region: string) =>
  `ami-0${createHash("sha256").update(`${region} ${name}`).digest("hex").slice(0, 16)}`;

/**
 * The value of a public parameter.
 */
// Differs from AWS: image ids are made up, and stay the same; of the other public parameters there are only regions and
// their availability zones.
export function publicParameter(name: string, region: string, partition: string): string | undefined {
  if (!name.startsWith("/aws/service/")) return undefined;
  if (IMAGES.some((pattern) => pattern.test(name))) return imageId(name, region);
  const [, family] = ECS_RECOMMENDED.exec(name) ?? [];
  if (family) {
    const image = imageId(`${name}/image_id`, region);
    return JSON.stringify({
      schema_version: 1,
      image_name: `${family.replaceAll("/", "-")}-ecs-hvm-x86_64-ebs`,
      image_id: image,
      os: "Amazon Linux 2023",
      ecs_runtime_version: "Docker version 25.0.8",
      ecs_agent_version: "1.95.0",
    });
  }
  const [, code, detail] = REGION_PATH.exec(name) ?? [];
  if (code !== undefined && Object.hasOwn(REGIONS, code)) {
    if (detail === undefined) return code;
    if (detail === "domain") return partitionOf(code).dnsSuffix;
    if (detail === "partition") return partition;
  }
  const [, zone = ""] = ZONE_PATH.exec(name) ?? [];
  return zoneIds().includes(zone) ? zone : undefined;
}

/** Names of the public parameters directly or indirectly under a path; those of images are not enumerated. */
export function publicParameterNames(path: string): string[] {
  const root = "/aws/service/global-infrastructure";
  if (!path.startsWith(root) && !root.startsWith(path)) return [];
  const regions = Object.keys(REGIONS).flatMap((code) => [
    `${root}/regions/${code}`,
    `${root}/regions/${code}/domain`,
    `${root}/regions/${code}/partition`,
  ]);
  const zones = zoneIds().map((zone) => `${root}/availability-zones/${zone}`);
  return [...zones, ...regions].filter((name) => name.startsWith(path)).sort();
}

/** Zone ids such as use1-az1. */
function zoneIds(): string[] {
  return Object.entries(REGIONS).flatMap(([code, count]) => {
    const [area = "", side = "", number = ""] = code.split("-");
    const short =
      area +
      side.replace(/(north|south)?(east|west|central)?/, (_, a = "", b = "") => (a[0] ?? "") + (b[0] ?? "")) +
      number;
    return Array.from({ length: count }, (_, index) => `${short}-az${index + 1}`);
  });
}
