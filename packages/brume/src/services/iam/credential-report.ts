/** The report on the credentials of all users of an account. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { iamArn, type User } from "./entity.js";
import { passwordPolicyOf } from "./password-policy.js";
import { users } from "./tables.js";
import { enabledDevices, signingCertificates } from "./user-credentials.js";
import { userAccessKeys } from "./users.js";

type Iam = typeof import("@aws-sdk/client-iam");

interface Report {
  readonly content: string;
  readonly generatedAt: number;
}
/** [] */
const reports = defineTable<Report>("iam/credential-report", "account");

const DAY_MS = 86_400_000;
/** How long a report is good for. */
const FRESH_MS = 4 * 3_600_000;
const HEADER = [
  "user",
  "arn",
  "user_creation_time",
  "password_enabled",
  "password_last_used",
  "password_last_changed",
  "password_next_rotation",
  "mfa_active",
  ...[1, 2].flatMap((number) => [
    `access_key_${number}_active`,
    `access_key_${number}_last_rotated`,
    `access_key_${number}_last_used_date`,
    `access_key_${number}_last_used_region`,
    `access_key_${number}_last_used_service`,
  ]),
  ...[1, 2].flatMap((number) => [`cert_${number}_active`, `cert_${number}_last_rotated`]),
];

const text = (time: number | undefined) =>
  time === undefined ? "N/A" : `${new Date(time).toISOString().slice(0, 19)}+00:00`;

function line(ctx: Context, user: User): string {
  const { login } = user;
  const age = passwordPolicyOf(ctx)?.MaxPasswordAge;
  const keys = ctx.table(userAccessKeys).rows({ prefix: [user.name] });
  const certificates = ctx.table(signingCertificates).rows({ prefix: [user.id] });
  const password = login
    ? ["true", "no_information", text(login.changedAt), text(age && login.changedAt + age * DAY_MS)]
    : ["false", "N/A", "N/A", "N/A"];
  return [
    user.name,
    iamArn(ctx, "user", user.path, user.name),
    text(user.createdAt),
    ...password,
    String(ctx.table(enabledDevices).count({ prefix: [user.id] }) > 0),
    ...[0, 1].flatMap((index) => [
      String(keys[index]?.active ?? false),
      text(keys[index]?.createdAt),
      "N/A",
      "N/A",
      "N/A",
    ]),
    ...[0, 1].flatMap((index) => [
      String(certificates[index]?.status === "Active"),
      text(certificates[index]?.uploadedAt),
    ]),
  ].join(",");
}

function rootLine(ctx: Context): string {
  const values = ["<root_account>", `arn:${ctx.partition}:iam::${ctx.account}:root`, text(0), "not_supported"];
  const blank = HEADER.slice(values.length).map((name) => (/(active)$/.test(name) ? "false" : "N/A"));
  return [...values, ...blank].join(",");
}

export const generateCredentialReport: Handler<Iam, "GenerateCredentialReport"> = (_input, ctx) => {
  const before = ctx.table(reports).get();
  if (before && before.generatedAt + FRESH_MS > ctx.now()) return { State: "COMPLETE" };
  const all = ctx.table(users).rows();
  const content = [HEADER.join(","), rootLine(ctx), ...all.map((user) => line(ctx, user))].join("\n");
  ctx.table(reports).put([], { content, generatedAt: ctx.now() });
  return { State: "STARTED", Description: "No report exists. Starting a new report generation task" };
};

export const getCredentialReport: Handler<Iam, "GetCredentialReport"> = (_input, ctx) => {
  const report = ctx.table(reports).get();
  if (!report) {
    throw new AwsError(
      "CredentialReportNotPresentException",
      "No report exists. Please create one using GenerateCredentialReport.",
    );
  }
  if (report.generatedAt + FRESH_MS <= ctx.now()) {
    throw new AwsError(
      "CredentialReportExpiredException",
      "The credential report has expired. Please create another one using GenerateCredentialReport.",
    );
  }
  return {
    Content: Buffer.from(report.content),
    ReportFormat: "text/csv",
    GeneratedTime: new Date(report.generatedAt),
  };
};
