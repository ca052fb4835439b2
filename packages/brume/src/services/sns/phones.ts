/** The operations on phone numbers: who wants no texts, and the numbers of the SMS sandbox. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomBelow, uuid } from "../../kernel/identifiers.js";
import { putIntoOutbox } from "../../kernel/outbox.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { page } from "./paging.js";
import { check, invalid } from "./topic.js";

const LANGUAGES = [
  "en-US",
  "en-GB",
  "es-419",
  "es-ES",
  "de-DE",
  "fr-CA",
  "fr-FR",
  "it-IT",
  "ja-JP",
  "pt-BR",
  "kr-KR",
  "zh-CN",
  "zh-TW",
];

type Sns = typeof import("@aws-sdk/client-sns");

interface SandboxNumber {
  readonly number: string;
  readonly status: "Pending" | "Verified";
  readonly password: string;
  readonly expiresAt: number;
}

/** [number] */
const sandbox = defineTable<SandboxNumber>("sns/sandbox-numbers");

const E164 = /^\+[1-9]\d{1,14}$/;
const MAX_SANDBOX = 10;
const PASSWORD_MS = 15 * 60 * 1000;

function checkNumber(number: string | undefined, parameter: string): string {
  if (!number || !E164.test(number)) throw invalid(`${parameter} Reason: input incorrectly formatted`);
  return number;
}

// Differs from AWS: nobody can answer STOP to a text in the outbox, so that no number is ever opted out.
export const checkIfPhoneNumberIsOptedOut: Handler<Sns, "CheckIfPhoneNumberIsOptedOut"> = (input) => {
  checkNumber(input.phoneNumber, "phoneNumber");
  return { isOptedOut: false };
};

export const listPhoneNumbersOptedOut: Handler<Sns, "ListPhoneNumbersOptedOut"> = () => ({ phoneNumbers: [] });

export const optInPhoneNumber: Handler<Sns, "OptInPhoneNumber"> = (input) => {
  checkNumber(input.phoneNumber, "phoneNumber");
  return {};
};

// Differs from AWS, where new accounts are in the sandbox: texts to all numbers go to the outbox.
export const getSmsSandboxAccountStatus: Handler<Sns, "GetSMSSandboxAccountStatus"> = () => ({ IsInSandbox: false });

export const createSmsSandboxPhoneNumber: Handler<Sns, "CreateSMSSandboxPhoneNumber"> = (input, ctx) => {
  const number = checkNumber(input.PhoneNumber, "PhoneNumber");
  const { LanguageCode = "en-US" } = input;
  check("languageCode", LanguageCode, { oneOf: LANGUAGES });
  const table = ctx.table(sandbox);
  if (!table.has(number) && table.count() >= MAX_SANDBOX)
    throw new AwsError("UserErrorException", "You have reached the maximum number of sandbox phone numbers.");
  const password = String(randomBelow(1_000_000)).padStart(6, "0");
  table.put([number], { number, status: "Pending", password, expiresAt: ctx.now() + PASSWORD_MS });
  const text = `Your verification code for the SMS sandbox is ${password}.`;
  putIntoOutbox(ctx, uuid(), { channel: "sms", to: number, text });
  return {};
};

function getSandboxNumber(ctx: Context, number: string): SandboxNumber {
  const found = ctx.table(sandbox).get(number);
  if (!found) throw new AwsError("ResourceNotFoundException", "Phone number not found in the SMS sandbox.");
  return found;
}

export const verifySmsSandboxPhoneNumber: Handler<Sns, "VerifySMSSandboxPhoneNumber"> = (input, ctx) => {
  const found = getSandboxNumber(ctx, checkNumber(input.PhoneNumber, "PhoneNumber"));
  if (input.OneTimePassword !== found.password || found.expiresAt < ctx.now())
    throw new AwsError("VerificationException", "The one-time password is not valid or has expired.", {
      members: { Status: "FAILED" },
    });
  ctx.table(sandbox).put([found.number], { ...found, status: "Verified" });
  return {};
};

export const deleteSmsSandboxPhoneNumber: Handler<Sns, "DeleteSMSSandboxPhoneNumber"> = (input, ctx) => {
  ctx.table(sandbox).delete(getSandboxNumber(ctx, checkNumber(input.PhoneNumber, "PhoneNumber")).number);
  return {};
};

export const listSmsSandboxPhoneNumbers: Handler<Sns, "ListSMSSandboxPhoneNumbers"> = (input, ctx) => {
  const { items, NextToken } = page(ctx.table(sandbox).rows(), input.NextToken, input.MaxResults);
  return { PhoneNumbers: items.map(({ number, status }) => ({ PhoneNumber: number, Status: status })), NextToken };
};

/** No numbers are rented here from which texts could be sent. */
export const listOriginationNumbers: Handler<Sns, "ListOriginationNumbers"> = ({ MaxResults = 30 }) => {
  check("maxResults", MaxResults, { min: 1, max: 30 });
  return { PhoneNumbers: [] };
};
