/** The operations on the settings of Systems Manager in an account and region. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { check, validation } from "./constraints.js";

type Ssm = typeof import("@aws-sdk/client-ssm");

interface Setting {
  readonly value: string;
  readonly modifiedAt: number;
  readonly modifiedBy: string;
}
/** [id] of those that differ from their defaults */
const settings = defineTable<Setting>("ssm/service-settings");

export const DEFAULT_TIER = "/ssm/parameter-store/default-parameter-tier";

/** What each setting is unless it is changed, and what else it can be, where that is a choice. */
const SETTINGS: Readonly<Record<string, { usual: string; oneOf?: readonly string[] }>> = {
  "/ssm/appmanager/appmanager-enabled": { usual: "False", oneOf: ["True", "False"] },
  "/ssm/automation/customer-script-log-destination": { usual: "None", oneOf: ["CloudWatch", "None"] },
  "/ssm/automation/customer-script-log-group-name": { usual: "/aws/ssm/automation/executeScript" },
  "/ssm/automation/enable-adaptive-concurrency": { usual: "False", oneOf: ["True", "False"] },
  "/ssm/documents/console/public-sharing-permission": { usual: "Enable", oneOf: ["Enable", "Disable"] },
  "/ssm/managed-instance/activation-tier": { usual: "standard", oneOf: ["standard", "advanced"] },
  "/ssm/managed-instance/default-ec2-instance-management-role": { usual: "$None" },
  "/ssm/opsinsights/opscenter": { usual: "Disabled", oneOf: ["Enabled", "Disabled"] },
  [DEFAULT_TIER]: { usual: "Standard", oneOf: ["Standard", "Advanced", "Intelligent-Tiering"] },
  "/ssm/parameter-store/high-throughput-enabled": { usual: "false", oneOf: ["true", "false"] },
};

/** The id of a setting, which may be given as its ARN. @throws AwsError `ServiceSettingNotFound` */
function checkId(given: string | undefined): string {
  check("settingId", given, { min: 1, max: 1000 });
  const id = (given as string).replace(/^arn:[^:]+:ssm:[^:]*:[^:]*:servicesetting/, "");
  if (!Object.hasOwn(SETTINGS, id)) {
    throw new AwsError(
      "ServiceSettingNotFound",
      "The specified service setting wasn't found. Either the service name or the setting hasn't been provisioned by the Amazon Web Services service team.",
    );
  }
  return id;
}

/** The value of a setting. */
export function settingOf(ctx: Context, id: string): string {
  return ctx.table(settings).get(id)?.value ?? SETTINGS[id]?.usual ?? "";
}

function answer(ctx: Context, id: string) {
  const set = ctx.table(settings).get(id);
  return {
    ServiceSetting: {
      SettingId: id,
      SettingValue: settingOf(ctx, id),
      LastModifiedDate: set && new Date(set.modifiedAt),
      LastModifiedUser: set?.modifiedBy ?? "System",
      ARN: ctx.arn(`servicesetting${id}`, "ssm"),
      Status: set ? "Customized" : "Default",
    },
  };
}

export const getServiceSetting: Handler<Ssm, "GetServiceSetting"> = (input, ctx) =>
  answer(ctx, checkId(input.SettingId));

export const updateServiceSetting: Handler<Ssm, "UpdateServiceSetting"> = (input, ctx) => {
  const id = checkId(input.SettingId);
  const value = input.SettingValue as string;
  const { oneOf } = SETTINGS[id] ?? {};
  if (oneOf && !oneOf.includes(value)) throw validation(`Invalid setting value ${value} for ${id}.`);
  ctx.table(settings).put([id], { value, modifiedAt: ctx.now(), modifiedBy: ctx.principal.arn });
  return {};
};

export const resetServiceSetting: Handler<Ssm, "ResetServiceSetting"> = (input, ctx) => {
  const id = checkId(input.SettingId);
  ctx.table(settings).delete(id);
  return answer(ctx, id);
};

/** The ARN of a setting, for authorization. */
export function settingArn({ SettingId = "" }: { SettingId?: string | undefined }, ctx: Context): string {
  return SettingId.startsWith("arn:") ? SettingId : ctx.arn(`servicesetting${SettingId}`, "ssm");
}
