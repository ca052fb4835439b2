/** What functions have beside code and configuration: concurrency, recursion, runtime management; and the account's limits. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { timestamp } from "./configuration.js";
import {
  type FoundFunction,
  findVersion,
  functionArn,
  getFunctionRow,
  getVersion,
  invalidParameter,
  notFound,
  validationError,
} from "./names.js";
import { page } from "./paging.js";
import { aliases, functions, provisionedConcurrency, runtimeManagement } from "./tables.js";

type Lambda = typeof import("@aws-sdk/client-lambda");

const ACCOUNT_CONCURRENCY = 1000;
/** What must stay unreserved for the account's other functions. */
const MIN_UNRESERVED = 100;

function reservedTotal(ctx: Context, except?: string): number {
  return ctx
    .table(functions)
    .rows()
    .reduce((sum, row) => sum + (row.name === except ? 0 : (row.reservedConcurrency ?? 0)), 0);
}

export const getAccountSettings: Handler<Lambda, "GetAccountSettings"> = (_input, ctx) => {
  const all = ctx.table(functions).rows();
  return {
    AccountLimit: {
      TotalCodeSize: 80_530_636_800,
      CodeSizeUnzipped: 262_144_000,
      CodeSizeZipped: 52_428_800,
      ConcurrentExecutions: ACCOUNT_CONCURRENCY,
      UnreservedConcurrentExecutions: ACCOUNT_CONCURRENCY - reservedTotal(ctx),
    },
    AccountUsage: {
      TotalCodeSize: all.reduce((sum, { configuration }) => sum + (configuration.CodeSize ?? 0), 0),
      FunctionCount: all.length,
    },
  };
};

export const putFunctionConcurrency: Handler<Lambda, "PutFunctionConcurrency"> = (input, ctx) => {
  const { name, row } = getFunctionRow(ctx, input.FunctionName);
  const reservedConcurrency = input.ReservedConcurrentExecutions;
  if (reservedConcurrency === undefined)
    throw validationError("null", "reservedConcurrentExecutions", "Member must not be null");
  if (reservedConcurrency < 0) {
    throw validationError(
      reservedConcurrency,
      "reservedConcurrentExecutions",
      "Member must have value greater than or equal to 0",
    );
  }
  if (reservedTotal(ctx, row.name) + reservedConcurrency > ACCOUNT_CONCURRENCY - MIN_UNRESERVED) {
    throw invalidParameter(
      `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${MIN_UNRESERVED}].`,
    );
  }
  ctx.table(functions, name).put([row.name], { ...row, reservedConcurrency });
  return { ReservedConcurrentExecutions: reservedConcurrency };
};

export const getFunctionConcurrency: Handler<Lambda, "GetFunctionConcurrency"> = (input, ctx) => {
  const { reservedConcurrency } = getFunctionRow(ctx, input.FunctionName).row;
  return reservedConcurrency === undefined ? {} : { ReservedConcurrentExecutions: reservedConcurrency };
};

export const deleteFunctionConcurrency: Handler<Lambda, "DeleteFunctionConcurrency"> = (input, ctx) => {
  const { name, row } = getFunctionRow(ctx, input.FunctionName);
  const { reservedConcurrency: _, ...rest } = row;
  ctx.table(functions, name).put([row.name], rest);
  return {};
};

/** The version or alias that provisioned concurrency is for. */
function getQualified(
  ctx: Context,
  functionName: string | undefined,
  qualifier: string | undefined,
): FoundFunction & { qualifier: string } {
  const found = getFunctionRow(ctx, functionName, qualifier);
  const { name, row } = found;
  const wanted = name.qualifier ?? "$LATEST";
  if (wanted === "$LATEST")
    throw invalidParameter("Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  if (!findVersion(ctx, found) && !ctx.table(aliases, name).has(row.name, wanted)) {
    throw notFound(`Function not found: ${functionArn(ctx, name)}`);
  }
  return { ...found, qualifier: wanted };
}

/** Differs from AWS: provisioned concurrency is recorded, and is ready at once; processes start when they are needed. */
function shown({ requested, modifiedAt }: { requested: number; modifiedAt: number }) {
  return {
    RequestedProvisionedConcurrentExecutions: requested,
    AvailableProvisionedConcurrentExecutions: requested,
    AllocatedProvisionedConcurrentExecutions: requested,
    Status: "READY" as const,
    LastModified: timestamp(modifiedAt),
  };
}

export const putProvisionedConcurrencyConfig: Handler<Lambda, "PutProvisionedConcurrencyConfig"> = (input, ctx) => {
  const requested = input.ProvisionedConcurrentExecutions;
  if (requested === undefined || requested < 1) {
    throw validationError(
      requested,
      "provisionedConcurrentExecutions",
      "Member must have value greater than or equal to 1",
    );
  }
  const { name, row, qualifier } = getQualified(ctx, input.FunctionName, input.Qualifier);
  if (row.reservedConcurrency !== undefined && requested > row.reservedConcurrency) {
    throw invalidParameter(
      "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
    );
  }
  const config = { qualifier, requested, modifiedAt: ctx.now() };
  ctx.table(provisionedConcurrency, name).put([row.name, qualifier], config);
  return shown(config);
};

export const getProvisionedConcurrencyConfig: Handler<Lambda, "GetProvisionedConcurrencyConfig"> = (input, ctx) => {
  const { name, row, qualifier } = getQualified(ctx, input.FunctionName, input.Qualifier);
  const config = ctx.table(provisionedConcurrency, name).get(row.name, qualifier);
  if (!config) {
    throw new AwsError(
      "ProvisionedConcurrencyConfigNotFoundException",
      "No Provisioned Concurrency Config found for this function",
      {
        members: { Type: "User" },
      },
    );
  }
  return shown(config);
};

export const deleteProvisionedConcurrencyConfig: Handler<Lambda, "DeleteProvisionedConcurrencyConfig"> = (
  input,
  ctx,
) => {
  const { name, row, qualifier } = getQualified(ctx, input.FunctionName, input.Qualifier);
  ctx.table(provisionedConcurrency, name).delete(row.name, qualifier);
  return {};
};

export const listProvisionedConcurrencyConfigs: Handler<Lambda, "ListProvisionedConcurrencyConfigs"> = (input, ctx) => {
  const { name, row } = getFunctionRow(ctx, input.FunctionName);
  const { items, NextMarker } = page(
    ctx.table(provisionedConcurrency, name),
    input,
    (config) => ({ FunctionArn: functionArn(ctx, { ...name, qualifier: config.qualifier }), ...shown(config) }),
    { prefix: [row.name] },
  );
  return { ProvisionedConcurrencyConfigs: items, NextMarker };
};

export const putFunctionRecursionConfig: Handler<Lambda, "PutFunctionRecursionConfig"> = (input, ctx) => {
  const { name, row } = getFunctionRow(ctx, input.FunctionName);
  const { RecursiveLoop } = input;
  if (RecursiveLoop !== "Allow" && RecursiveLoop !== "Terminate") {
    throw validationError(RecursiveLoop, "recursiveLoop", "Member must satisfy enum value set: [Allow, Terminate]");
  }
  ctx.table(functions, name).put([row.name], { ...row, recursiveLoop: RecursiveLoop });
  return { RecursiveLoop };
};

/** Differs from AWS: loops of functions that invoke each other are not detected. */
export const getFunctionRecursionConfig: Handler<Lambda, "GetFunctionRecursionConfig"> = (input, ctx) => ({
  RecursiveLoop: getFunctionRow(ctx, input.FunctionName).row.recursiveLoop ?? "Terminate",
});

export const putRuntimeManagementConfig: Handler<Lambda, "PutRuntimeManagementConfig"> = (input, ctx) => {
  const { name, row } = getVersion(ctx, input.FunctionName, input.Qualifier);
  const { UpdateRuntimeOn, RuntimeVersionArn } = input;
  if (!UpdateRuntimeOn || !["Auto", "Manual", "FunctionUpdate"].includes(UpdateRuntimeOn)) {
    throw validationError(
      UpdateRuntimeOn,
      "updateRuntimeOn",
      "Member must satisfy enum value set: [Auto, Manual, FunctionUpdate]",
    );
  }
  if ((UpdateRuntimeOn === "Manual") !== (RuntimeVersionArn !== undefined)) {
    throw invalidParameter("RuntimeVersionArn must be given for the Manual mode, and for it alone.");
  }
  const config = { UpdateRuntimeOn, RuntimeVersionArn, FunctionArn: functionArn(ctx, name) };
  ctx.table(runtimeManagement, name).put([row.name, name.qualifier ?? "$LATEST"], config);
  return config;
};

export const getRuntimeManagementConfig: Handler<Lambda, "GetRuntimeManagementConfig"> = (input, ctx) => {
  const { name, row } = getVersion(ctx, input.FunctionName, input.Qualifier);
  const config = ctx.table(runtimeManagement, name).get(row.name, name.qualifier ?? "$LATEST");
  return config ?? { UpdateRuntimeOn: "Auto", FunctionArn: functionArn(ctx, name) };
};
