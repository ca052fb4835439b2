import { generateKeyPairSync } from "node:crypto";
import * as sdk from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { CERTIFICATE, PRIVATE_KEY } from "./example-certificate.js";
import { codeAt, fromBase32, stepOf } from "./one-time-codes.js";

let cloud: RunningCloud;
let iam: sdk.IAMClient;
beforeAll(async () => {
  cloud = await startCloud();
  iam = cloud.client(sdk.IAMClient);
});
afterAll(() => cloud.close());

let count = 0;
async function newUser(): Promise<string> {
  const UserName = `user-${count++}`;
  await iam.send(new sdk.CreateUserCommand({ UserName }));
  return UserName;
}
/** A client that acts as a user. */
async function clientOf(UserName: string): Promise<sdk.IAMClient> {
  const { AccessKey } = await iam.send(new sdk.CreateAccessKeyCommand({ UserName }));
  const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey ?? {};
  return cloud.client(sdk.IAMClient, { credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } });
}

describe("UploadServerCertificate, GetServerCertificate, ListServerCertificates, UpdateServerCertificate, DeleteServerCertificate, TagServerCertificate, UntagServerCertificate, ListServerCertificateTags", () => {
  const upload = (ServerCertificateName: string, more: Partial<sdk.UploadServerCertificateCommandInput> = {}) =>
    iam.send(
      new sdk.UploadServerCertificateCommand({
        ServerCertificateName,
        CertificateBody: CERTIFICATE,
        PrivateKey: PRIVATE_KEY,
        ...more,
      }),
    );

  it("keep a certificate, by its name", async () => {
    const { ServerCertificateMetadata } = await upload("web", { Tags: [{ Key: "a", Value: "1" }] });
    expect(ServerCertificateMetadata).toMatchObject({
      Arn: "arn:aws:iam::000000000000:server-certificate/web",
      Expiration: new Date("2126-10-31T12:30:16Z"),
    });
    await expect(upload("WEB")).rejects.toThrow(sdk.EntityAlreadyExistsException);
    const target = { ServerCertificateName: "web" };
    await iam.send(new sdk.TagServerCertificateCommand({ ...target, Tags: [{ Key: "b", Value: "2" }] }));
    await iam.send(new sdk.UntagServerCertificateCommand({ ...target, TagKeys: ["a"] }));
    const { Tags } = await iam.send(new sdk.ListServerCertificateTagsCommand(target));
    expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
    await iam.send(
      new sdk.UpdateServerCertificateCommand({ ...target, NewServerCertificateName: "Web", NewPath: "/x/" }),
    );
    const found = await iam.send(new sdk.GetServerCertificateCommand({ ServerCertificateName: "Web" }));
    expect(found.ServerCertificate?.CertificateBody).toBe(CERTIFICATE);
    const { ServerCertificateMetadataList } = await iam.send(
      new sdk.ListServerCertificatesCommand({ PathPrefix: "/x/" }),
    );
    expect(ServerCertificateMetadataList).toHaveLength(1);
    await iam.send(new sdk.DeleteServerCertificateCommand({ ServerCertificateName: "Web" }));
    await upload("web");
  });

  it("refuse what is no certificate, and a key that is not its own", async () => {
    await expect(upload("bad", { CertificateBody: "x" })).rejects.toThrow(sdk.MalformedCertificateException);
    const PrivateKey = generateKeyPairSync("ec", { namedCurve: "P-256" })
      .privateKey.export({ type: "pkcs8", format: "pem" })
      .toString();
    await expect(upload("bad", { PrivateKey })).rejects.toThrow(sdk.KeyPairMismatchException);
  });
});

describe("UploadSigningCertificate, ListSigningCertificates, UpdateSigningCertificate, DeleteSigningCertificate", () => {
  it("keep a user's certificates", async () => {
    const UserName = await newUser();
    const upload = () => iam.send(new sdk.UploadSigningCertificateCommand({ UserName, CertificateBody: CERTIFICATE }));
    const CertificateId = (await upload()).Certificate?.CertificateId;
    await expect(upload()).rejects.toThrow(sdk.DuplicateCertificateException);
    await iam.send(new sdk.UpdateSigningCertificateCommand({ UserName, CertificateId, Status: "Inactive" }));
    const { Certificates } = await iam.send(new sdk.ListSigningCertificatesCommand({ UserName }));
    expect(Certificates).toMatchObject([{ CertificateId, Status: "Inactive" }]);
    await expect(iam.send(new sdk.DeleteUserCommand({ UserName }))).rejects.toThrow("signing certificate first");
    await iam.send(new sdk.DeleteSigningCertificateCommand({ UserName, CertificateId }));
    await iam.send(new sdk.DeleteUserCommand({ UserName }));
  });
});

describe("UploadSSHPublicKey, GetSSHPublicKey, ListSSHPublicKeys, UpdateSSHPublicKey, DeleteSSHPublicKey", () => {
  it("keep a key in both of its encodings, through a change of the user's name", async () => {
    const before = await newUser();
    const pem = generateKeyPairSync("rsa", { modulusLength: 2048 })
      .publicKey.export({ type: "spki", format: "pem" })
      .toString();
    const upload = (SSHPublicKeyBody: string) =>
      iam.send(new sdk.UploadSSHPublicKeyCommand({ UserName: before, SSHPublicKeyBody }));
    const { SSHPublicKey } = await upload(pem);
    const SSHPublicKeyId = SSHPublicKey?.SSHPublicKeyId;
    expect(SSHPublicKey?.SSHPublicKeyBody).toMatch(/^ssh-rsa AAAAB3NzaC1yc2E/);
    expect(SSHPublicKey?.Fingerprint).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
    await expect(upload(`${SSHPublicKey?.SSHPublicKeyBody} me@home`)).rejects.toThrow(
      sdk.DuplicateSSHPublicKeyException,
    );
    await expect(upload("ssh-ed25519 AAAA")).rejects.toThrow(sdk.InvalidPublicKeyException);
    const UserName = `${before}-new`;
    await iam.send(new sdk.UpdateUserCommand({ UserName: before, NewUserName: UserName }));
    const get = async (Encoding: sdk.EncodingType) =>
      (await iam.send(new sdk.GetSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Encoding }))).SSHPublicKey;
    expect((await get("PEM"))?.SSHPublicKeyBody).toBe(pem);
    expect((await get("SSH"))?.SSHPublicKeyBody).toBe(SSHPublicKey?.SSHPublicKeyBody);
    await iam.send(new sdk.UpdateSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Status: "Inactive" }));
    const { SSHPublicKeys } = await iam.send(new sdk.ListSSHPublicKeysCommand({ UserName }));
    expect(SSHPublicKeys).toMatchObject([{ SSHPublicKeyId, Status: "Inactive" }]);
    await iam.send(new sdk.DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId }));
    await expect(get("SSH")).rejects.toThrow(sdk.NoSuchEntityException);
  });
});

describe("CreateServiceSpecificCredential, ListServiceSpecificCredentials, UpdateServiceSpecificCredential, ResetServiceSpecificCredential, DeleteServiceSpecificCredential", () => {
  it("keep two credentials of a service, whose passwords are shown once", async () => {
    const UserName = await newUser();
    const ServiceName = "codecommit.amazonaws.com";
    const create = () => iam.send(new sdk.CreateServiceSpecificCredentialCommand({ UserName, ServiceName }));
    const { ServiceSpecificCredential: made } = await create();
    const target = { UserName, ServiceSpecificCredentialId: made?.ServiceSpecificCredentialId };
    expect(made).toMatchObject({ ServiceUserName: `${UserName}-at-000000000000`, Status: "Active" });
    await create();
    await expect(create()).rejects.toThrow("Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2");
    const reset = await iam.send(new sdk.ResetServiceSpecificCredentialCommand(target));
    expect(reset.ServiceSpecificCredential?.ServicePassword).not.toBe(made?.ServicePassword);
    await iam.send(new sdk.UpdateServiceSpecificCredentialCommand({ ...target, Status: "Inactive" }));
    await iam.send(new sdk.DeleteServiceSpecificCredentialCommand(target));
    const listed = await iam.send(new sdk.ListServiceSpecificCredentialsCommand({ UserName, ServiceName }));
    expect(listed.ServiceSpecificCredentials).toHaveLength(1);
    await expect(
      iam.send(new sdk.CreateServiceSpecificCredentialCommand({ UserName, ServiceName: "s3.amazonaws.com" })),
    ).rejects.toThrow(sdk.ServiceNotSupportedException);
  });
});

describe("CreateVirtualMFADevice, EnableMFADevice, ResyncMFADevice, DeactivateMFADevice, DeleteVirtualMFADevice, GetMFADevice, ListMFADevices, ListVirtualMFADevices, TagMFADevice, UntagMFADevice, ListMFADeviceTags", () => {
  it("know a device by the codes that it makes from the time", async () => {
    const UserName = await newUser();
    const { VirtualMFADevice: made } = await iam.send(
      new sdk.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "phone", Tags: [{ Key: "a", Value: "1" }] }),
    );
    const SerialNumber = made?.SerialNumber as string;
    expect(SerialNumber).toBe("arn:aws:iam::000000000000:mfa/phone");
    const seed = fromBase32(Buffer.from(made?.Base32StringSeed ?? []).toString());
    const codes = (off = 0) => {
      const step = stepOf(cloud.clock.now()) + off;
      return { AuthenticationCode1: codeAt(seed, step - 1), AuthenticationCode2: codeAt(seed, step) };
    };
    const enable = (off: number) => iam.send(new sdk.EnableMFADeviceCommand({ UserName, SerialNumber, ...codes(off) }));
    await expect(enable(-50)).rejects.toThrow(sdk.InvalidAuthenticationCodeException);
    await enable(0);
    await expect(enable(0)).rejects.toThrow("MFA Device is already in use.");
    await cloud.clock.advance({ hours: 1 });
    await iam.send(new sdk.ResyncMFADeviceCommand({ UserName, SerialNumber, ...codes() }));
    const { MFADevices } = await iam.send(new sdk.ListMFADevicesCommand({ UserName }));
    expect(MFADevices).toMatchObject([{ UserName, SerialNumber }]);
    expect(await iam.send(new sdk.GetMFADeviceCommand({ SerialNumber }))).toMatchObject({ UserName });
    await iam.send(new sdk.TagMFADeviceCommand({ SerialNumber, Tags: [{ Key: "b", Value: "2" }] }));
    await iam.send(new sdk.UntagMFADeviceCommand({ SerialNumber, TagKeys: ["a"] }));
    expect((await iam.send(new sdk.ListMFADeviceTagsCommand({ SerialNumber }))).Tags).toEqual([
      { Key: "b", Value: "2" },
    ]);
    await expect(iam.send(new sdk.DeleteUserCommand({ UserName }))).rejects.toThrow("must delete MFA device first");
    await expect(iam.send(new sdk.DeleteVirtualMFADeviceCommand({ SerialNumber }))).rejects.toThrow(
      sdk.DeleteConflictException,
    );
    await iam.send(new sdk.DeactivateMFADeviceCommand({ UserName, SerialNumber }));
    const free = await iam.send(new sdk.ListVirtualMFADevicesCommand({ AssignmentStatus: "Unassigned" }));
    expect(free.VirtualMFADevices).toMatchObject([{ SerialNumber }]);
    await iam.send(new sdk.DeleteVirtualMFADeviceCommand({ SerialNumber }));
  });

  it("makes the codes of RFC 6238", () => {
    expect(codeAt(Buffer.from("12345678901234567890"), stepOf(59_000))).toBe("287082");
    expect(codeAt(Buffer.from("12345678901234567890"), stepOf(1_111_111_109_000))).toBe("081804");
  });
});

describe("ChangePassword", () => {
  it("changes a user's own password within the account's policy", async () => {
    const UserName = await newUser();
    const own = await clientOf(UserName);
    const change = (OldPassword: string, NewPassword: string, client = own) =>
      client.send(new sdk.ChangePasswordCommand({ OldPassword, NewPassword }));
    await expect(change("a", "b", iam)).rejects.toThrow(sdk.InvalidUserTypeException);
    await iam.send(new sdk.CreateLoginProfileCommand({ UserName, Password: "First-Word" }));
    await expect(change("wrong", "Second-Word")).rejects.toThrow("The old password was incorrect.");
    await expect(change("First-Word", "weak")).rejects.toThrow(sdk.PasswordPolicyViolationException);
    await change("First-Word", "Second-Word");
    const policy = { MinimumPasswordLength: 6, RequireNumbers: true, PasswordReusePrevention: 2 };
    await iam.send(new sdk.UpdateAccountPasswordPolicyCommand(policy));
    await expect(change("Second-Word", "no-digit")).rejects.toThrow(sdk.PasswordPolicyViolationException);
    await change("Second-Word", "third1");
    await change("third1", "fourth2");
    await expect(change("fourth2", "third1")).rejects.toThrow(sdk.PasswordPolicyViolationException);
    await iam.send(new sdk.DeleteAccountPasswordPolicyCommand({}));
  });
});

describe("GenerateCredentialReport, GetCredentialReport", () => {
  it("list the credentials of all users, for four hours", async () => {
    const get = () => iam.send(new sdk.GetCredentialReportCommand({}));
    await expect(get()).rejects.toThrow(sdk.CredentialReportNotPresentException);
    const UserName = await newUser();
    await clientOf(UserName);
    const generate = async () => (await iam.send(new sdk.GenerateCredentialReportCommand({}))).State;
    expect([await generate(), await generate()]).toEqual(["STARTED", "COMPLETE"]);
    const lines = Buffer.from((await get()).Content ?? [])
      .toString()
      .split("\n")
      .map((line) => line.split(","));
    const header = lines[0] as string[];
    expect(lines.every(({ length }) => length === header.length)).toBe(true);
    const row = lines.find(([name]) => name === UserName);
    expect(row?.[header.indexOf("access_key_1_active")]).toBe("true");
    expect(row?.[header.indexOf("password_enabled")]).toBe("false");
    await cloud.clock.advance({ hours: 4 });
    await expect(get()).rejects.toThrow(sdk.CredentialReportExpiredException);
  });
});
