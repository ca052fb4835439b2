/** Makes self-signed X.509 certificates, which Node can read but not make: just as much of DER as they need. */
import { type KeyObject, sign } from "node:crypto";

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const NULL = 0x05;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
/** Context-specific and constructed, number 0: the version. */
const EXPLICIT_0 = 0xa0;

/** `1.2.840.113549.1.1.11` */
const SHA256_WITH_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
/** `2.5.4.3` */
const COMMON_NAME = [0x55, 0x04, 0x03];
const VERSION_3 = 2;
const LAST_YEAR_OF_UTC_TIME = 2049;

/** What a certificate says. */
export interface CertificateSubject {
  readonly commonName: string;
  /** A positive number, as hexadecimal digits. */
  readonly serialNumber: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** A certificate for an RSA key, signed with that key itself, as PEM. */
export function selfSignedCertificate(
  { commonName, serialNumber, from, to }: CertificateSubject,
  keys: { publicKey: KeyObject; privateKey: KeyObject },
): string {
  const algorithm = der(SEQUENCE, der(OBJECT_IDENTIFIER, Buffer.from(SHA256_WITH_RSA)), der(NULL));
  const name = der(
    SEQUENCE,
    der(
      SET,
      der(SEQUENCE, der(OBJECT_IDENTIFIER, Buffer.from(COMMON_NAME)), der(UTF8_STRING, Buffer.from(commonName))),
    ),
  );
  const content = der(
    SEQUENCE,
    der(EXPLICIT_0, der(INTEGER, Buffer.from([VERSION_3]))),
    der(INTEGER, positive(serialNumber)),
    algorithm,
    name,
    der(SEQUENCE, time(from), time(to)),
    name,
    keys.publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = sign("sha256", content, keys.privateKey);
  const certificate = der(SEQUENCE, content, algorithm, der(BIT_STRING, Buffer.from([0]), signature));
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

/** One value: its tag, its length, and what it holds. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), length(content.length), content]);
}

/** A whole number in as few bytes as it takes; a zero in front keeps a high bit from being read as a sign. */
function positive(hex: string): Buffer {
  const digits = hex.replace(/^0+(?=.)/, "");
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex");
  return (bytes[0] as number) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes]);
}

function length(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.from([bytes]);
  const hex = bytes.toString(16);
  const digits = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  return Buffer.concat([Buffer.from([0x80 | digits.length]), digits]);
}

function time(milliseconds: number): Buffer {
  const date = new Date(milliseconds);
  const digits = `${date
    .toISOString()
    .replace(/\.\d+Z$/, "")
    .replace(/\D/g, "")}Z`;
  if (date.getUTCFullYear() > LAST_YEAR_OF_UTC_TIME) return der(GENERALIZED_TIME, Buffer.from(digits));
  return der(UTC_TIME, Buffer.from(digits.slice(2)));
}
