import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { selfSignedCertificate } from "./certificate.js";

describe("a self-signed certificate", () => {
  const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  it.each([
    ["01", "01"],
    ["7f", "7F"],
    ["80", "80"],
    ["00ff", "FF"],
    ["0001", "01"],
    ["abcdef0123456789", "ABCDEF0123456789"],
  ])("has the serial number %s", (serialNumber, shown) => {
    const subject = { commonName: "x", serialNumber, from: 0, to: Date.UTC(2049, 11, 31) };
    const certificate = new X509Certificate(selfSignedCertificate(subject, keys));
    expect(certificate.serialNumber).toBe(shown);
    expect(certificate.verify(keys.publicKey)).toBe(true);
  });

  it.each([Date.UTC(2049, 11, 31, 23, 59, 59), Date.UTC(2050, 0, 1), Date.UTC(9999, 11, 31)])(
    "is valid to %s",
    (to) => {
      const subject = { commonName: "x", serialNumber: "01", from: 0, to };
      const { validTo, validFrom } = new X509Certificate(selfSignedCertificate(subject, keys));
      expect([Date.parse(validFrom), Date.parse(validTo)]).toEqual([0, to]);
    },
  );
});
