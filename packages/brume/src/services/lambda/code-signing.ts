/** Code signing configurations. Differs from AWS: they are kept, and signatures are not checked. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomHex } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { conflict, getFunctionRow, validationError } from "./names.js";
import { page } from "./paging.js";
import { codeSigningConfigs, functions } from "./tables.js";
import { checkTags } from "./tags.js";

type Lambda = typeof import("@aws-sdk/client-lambda");

const idOf = (arn: string | undefined) => arn?.split(":").at(-1) ?? "";

/** The ARN in an input's `CodeSigningConfigArn`, for authorization. */
export const codeSigningConfigOf = (input: { CodeSigningConfigArn?: string | undefined }): string =>
  input.CodeSigningConfigArn ?? "*";

function existing(ctx: Context, arn: string | undefined) {
  const row = ctx.table(codeSigningConfigs).get(idOf(arn));
  if (row) return row;
  throw new AwsError(
    "CodeSigningConfigNotFoundException",
    "The code signing configuration cannot be found. Check that the provided configuration is not deleted.",
    {
      members: { Type: "User" },
    },
  );
}

export const createCodeSigningConfig: Handler<Lambda, "CreateCodeSigningConfig"> = (input, ctx) => {
  const { AllowedPublishers, Description, CodeSigningPolicies } = input;
  if (!AllowedPublishers?.SigningProfileVersionArns?.length) {
    throw validationError("null", "allowedPublishers", "Member must not be null");
  }
  const CodeSigningConfigId = `csc-${randomHex(17)}`;
  const config = {
    CodeSigningConfigId,
    CodeSigningConfigArn: ctx.arn(`code-signing-config:${CodeSigningConfigId}`, "lambda"),
    Description: Description ?? "",
    AllowedPublishers,
    CodeSigningPolicies: {
      UntrustedArtifactOnDeployment: CodeSigningPolicies?.UntrustedArtifactOnDeployment ?? "Warn",
    },
    LastModified: new Date(ctx.now()).toISOString(),
  } as const;
  ctx.table(codeSigningConfigs).put([CodeSigningConfigId], { ...config, tags: { ...checkTags({}, input.Tags ?? {}) } });
  return { CodeSigningConfig: config };
};

const shown = ({ tags: _, ...config }: ReturnType<typeof existing>) => config;

export const getCodeSigningConfig: Handler<Lambda, "GetCodeSigningConfig"> = (input, ctx) => ({
  CodeSigningConfig: shown(existing(ctx, input.CodeSigningConfigArn)),
});

export const updateCodeSigningConfig: Handler<Lambda, "UpdateCodeSigningConfig"> = (input, ctx) => {
  const row = existing(ctx, input.CodeSigningConfigArn);
  const next = {
    ...row,
    Description: input.Description ?? row.Description,
    AllowedPublishers: input.AllowedPublishers ?? row.AllowedPublishers,
    CodeSigningPolicies: input.CodeSigningPolicies ?? row.CodeSigningPolicies,
    LastModified: new Date(ctx.now()).toISOString(),
  };
  ctx.table(codeSigningConfigs).put([idOf(input.CodeSigningConfigArn)], next);
  return { CodeSigningConfig: shown(next) };
};

const usersOf = (ctx: Context, arn: string | undefined) =>
  ctx
    .table(functions)
    .rows()
    .filter((row) => row.codeSigningConfigArn === arn);

export const deleteCodeSigningConfig: Handler<Lambda, "DeleteCodeSigningConfig"> = (input, ctx) => {
  existing(ctx, input.CodeSigningConfigArn);
  if (usersOf(ctx, input.CodeSigningConfigArn).length > 0) {
    throw conflict("The code signing configuration is in use by functions. Detach it from them first.");
  }
  ctx.table(codeSigningConfigs).delete(idOf(input.CodeSigningConfigArn));
  return {};
};

export const listCodeSigningConfigs: Handler<Lambda, "ListCodeSigningConfigs"> = (input, ctx) => {
  const { items, NextMarker } = page(ctx.table(codeSigningConfigs), input, shown);
  return { CodeSigningConfigs: items, NextMarker };
};

export const listFunctionsByCodeSigningConfig: Handler<Lambda, "ListFunctionsByCodeSigningConfig"> = (input, ctx) => {
  existing(ctx, input.CodeSigningConfigArn);
  return {
    FunctionArns: usersOf(ctx, input.CodeSigningConfigArn).map(({ configuration }) => configuration.FunctionArn),
  };
};

export const putFunctionCodeSigningConfig: Handler<Lambda, "PutFunctionCodeSigningConfig"> = (input, ctx) => {
  const { name, row } = getFunctionRow(ctx, input.FunctionName);
  const { CodeSigningConfigArn = "" } = existing(ctx, input.CodeSigningConfigArn);
  ctx.table(functions, name).put([row.name], { ...row, codeSigningConfigArn: CodeSigningConfigArn });
  return { CodeSigningConfigArn, FunctionName: row.name };
};

export const getFunctionCodeSigningConfig: Handler<Lambda, "GetFunctionCodeSigningConfig"> = (input, ctx) => {
  const { row } = getFunctionRow(ctx, input.FunctionName);
  return { FunctionName: row.name, CodeSigningConfigArn: row.codeSigningConfigArn };
};

export const deleteFunctionCodeSigningConfig: Handler<Lambda, "DeleteFunctionCodeSigningConfig"> = (input, ctx) => {
  const { name, row } = getFunctionRow(ctx, input.FunctionName);
  const { codeSigningConfigArn: _, ...rest } = row;
  ctx.table(functions, name).put([row.name], rest);
  return {};
};
