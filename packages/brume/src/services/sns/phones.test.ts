import * as sdk from "@aws-sdk/client-sns";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let sns: sdk.SNSClient;
beforeAll(async () => {
  cloud = await startCloud();
  sns = cloud.client(sdk.SNSClient);
});
afterAll(() => cloud.close());

const PhoneNumber = "+15550100";

describe("CheckIfPhoneNumberIsOptedOut, ListPhoneNumbersOptedOut, OptInPhoneNumber, ListOriginationNumbers", () => {
  it("know of nobody who opted out, and of no rented numbers", async () => {
    const phoneNumber = PhoneNumber;
    await sns.send(new sdk.OptInPhoneNumberCommand({ phoneNumber }));
    const { isOptedOut } = await sns.send(new sdk.CheckIfPhoneNumberIsOptedOutCommand({ phoneNumber }));
    expect(isOptedOut).toBe(false);
    expect((await sns.send(new sdk.ListPhoneNumbersOptedOutCommand({}))).phoneNumbers).toEqual([]);
    expect((await sns.send(new sdk.ListOriginationNumbersCommand({}))).PhoneNumbers).toEqual([]);
    const wrong = sns.send(new sdk.OptInPhoneNumberCommand({ phoneNumber: "555" }));
    await expect(wrong).rejects.toThrow("Invalid parameter: phoneNumber Reason: input incorrectly formatted");
  });
});

describe("GetSMSSandboxAccountStatus, CreateSMSSandboxPhoneNumber, VerifySMSSandboxPhoneNumber, ListSMSSandboxPhoneNumbers, DeleteSMSSandboxPhoneNumber", () => {
  it("verify a number with the code in the outbox", async () => {
    expect((await sns.send(new sdk.GetSMSSandboxAccountStatusCommand({}))).IsInSandbox).toBe(false);
    let text = "";
    const stop = cloud.kernel.events.on("outgoing", ({ message }) => {
      text = message.text;
    });
    await sns.send(new sdk.CreateSMSSandboxPhoneNumberCommand({ PhoneNumber }));
    stop();
    const listed = async () => (await sns.send(new sdk.ListSMSSandboxPhoneNumbersCommand({}))).PhoneNumbers;
    expect(await listed()).toEqual([{ PhoneNumber, Status: "Pending" }]);
    const verify = (OneTimePassword: string) =>
      sns.send(new sdk.VerifySMSSandboxPhoneNumberCommand({ PhoneNumber, OneTimePassword }));
    await expect(verify("wrong")).rejects.toThrow(sdk.VerificationException);
    await verify(/\d{6}/.exec(text)?.[0] as string);
    expect(await listed()).toEqual([{ PhoneNumber, Status: "Verified" }]);
    await sns.send(new sdk.DeleteSMSSandboxPhoneNumberCommand({ PhoneNumber }));
    expect(await listed()).toEqual([]);
  });
});
