/** The operations on the labels of a parameter's versions. */
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { getParameterRow, parameters, versions } from "./tables.js";

type Ssm = typeof import("@aws-sdk/client-ssm");

const MAX_LABELS = 10;

/** Labels are letters, digits and ".-_", at most 100, and begin with no digit, "aws" or "ssm". */
const isLabel = (label: string) => /^(?!\d)(?!aws|ssm)[a-zA-Z0-9_.-]{1,100}$/i.test(label);

function versionNotFound(name: string, version: number | undefined) {
  return new AwsError(
    "ParameterVersionNotFound",
    `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  );
}

export const labelParameterVersion: Handler<Ssm, "LabelParameterVersion"> = (input, ctx) => {
  const parameter = getParameterRow(ctx, input.Name);
  const version = input.ParameterVersion ?? parameter.version;
  if (!ctx.table(versions).has(parameter.name, version)) throw versionNotFound(parameter.name, version);
  const asked = [...new Set(input.Labels ?? [])];
  const valid = asked.filter(isLabel);
  const labels = { ...parameter.labels, ...Object.fromEntries(valid.map((label) => [label, version])) };
  if (Object.values(labels).filter((number) => number === version).length > MAX_LABELS) {
    throw new AwsError(
      "ParameterVersionLabelLimitExceeded",
      "An error occurred (ParameterVersionLabelLimitExceeded) when calling the LabelParameterVersion operation: " +
        `A parameter version can have maximum ${MAX_LABELS} labels.Move one or more labels to another version and try again.`,
    );
  }
  ctx.table(parameters).put([parameter.name], { ...parameter, labels });
  return { InvalidLabels: asked.filter((label) => !isLabel(label)), ParameterVersion: version };
};

export const unlabelParameterVersion: Handler<Ssm, "UnlabelParameterVersion"> = (input, ctx) => {
  const parameter = getParameterRow(ctx, input.Name);
  const version = input.ParameterVersion as number;
  if (version === undefined || !ctx.table(versions).has(parameter.name, version))
    throw versionNotFound(parameter.name, version);
  const asked = input.Labels ?? [];
  const removed = asked.filter((label) => parameter.labels[label] === version);
  const labels = Object.fromEntries(Object.entries(parameter.labels).filter(([label]) => !removed.includes(label)));
  ctx.table(parameters).put([parameter.name], { ...parameter, labels });
  return { RemovedLabels: removed, InvalidLabels: asked.filter((label) => !removed.includes(label)) };
};
