/** Amazon Resource Names, and the partitions that regions belong to. See the AWS General Reference, "ARNs". */

export interface Partition {
  readonly name: string;
  readonly dnsSuffix: string;
}

const PARTITIONS: [prefix: string, Partition][] = [
  ["cn-", { name: "aws-cn", dnsSuffix: "amazonaws.com.cn" }],
  ["us-gov-", { name: "aws-us-gov", dnsSuffix: "amazonaws.com" }],
  ["us-iso-", { name: "aws-iso", dnsSuffix: "c2s.ic.gov" }],
  ["us-isob-", { name: "aws-iso-b", dnsSuffix: "sc2s.sgov.gov" }],
  ["eusc-", { name: "aws-eusc", dnsSuffix: "amazonaws.eu" }],
];
const COMMERCIAL: Partition = { name: "aws", dnsSuffix: "amazonaws.com" };

/** The partition that a region belongs to. */
export function partitionOf(region: string): Partition {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? COMMERCIAL;
}

export interface Arn {
  partition: string;
  service: string;
  region: string;
  account: string;
  resource: string;
}

/** Takes an ARN apart; `undefined` for a string that is none. */
export function parseArn(text: string): Arn | undefined {
  const [arn, partition, service, region, account, ...resource] = text.split(":");
  if (arn !== "arn" || !partition || !service || resource.length === 0) return undefined;
  return { partition, service, region: region ?? "", account: account ?? "", resource: resource.join(":") };
}
