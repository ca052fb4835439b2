/** The model of a bucket: its row, its name's rules and the domain names under which it is known. */
import { AwsError } from "../../kernel/errors.js";

export interface Bucket {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly createdAt: number;
  /** Absent until versioning is first enabled. */
  readonly versioning?: "Enabled" | "Suspended";
  readonly mfaDelete?: "Enabled" | "Disabled";
  readonly objectLock?: boolean;
}

const RESERVED_PREFIXES = ["xn--", "sthree-", "amzn-s3-demo-"];
const RESERVED_SUFFIXES = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/** @throws AwsError `InvalidBucketName`. See "General purpose bucket naming rules" in the S3 User Guide. */
export function checkBucketName(name: string): void {
  const valid =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes("..") &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix)) &&
    !RESERVED_SUFFIXES.some((suffix) => name.endsWith(suffix));
  if (!valid) {
    throw new AwsError("InvalidBucketName", "The specified bucket is not valid.", {
      members: { BucketName: name },
      status: 400,
    });
  }
}

/** The canonical user id that stands for an account: 64 hexadecimal digits. */
export function canonicalUser(account: string): { ID: string; DisplayName: string } {
  return { ID: account.padStart(64, "0"), DisplayName: account };
}
