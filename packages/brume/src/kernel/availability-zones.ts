/** The availability zones of regions: the letters of those that an account sees. */

/** Where they are not `a`, `b` and `c`. See "AWS Availability Zones". */
const LETTERS: Readonly<Record<string, string>> = {
  "ap-northeast-1": "acd",
  "ap-northeast-2": "abcd",
  "ca-central-1": "abd",
  "us-east-1": "abcdef",
  "us-west-1": "ac",
  "us-west-2": "abcd",
};

/** The names of a region's zones. */
export function availabilityZones(region: string): string[] {
  return [...(LETTERS[region] ?? "abc")].map((letter) => region + letter);
}
