/** The operations on what is set for a registry as a whole: its policy, replication, scanning, signing, account settings. */
import type {
  RegistryScanningConfiguration,
  ReplicationConfiguration,
  SigningConfiguration,
} from "@aws-sdk/client-ecr";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { matchesParts } from "../../kernel/wildcard.js";
import { getImage } from "./image.js";
import { checkJson } from "./repositories.js";
import { getRepository, invalid, repositories, repositoryArn } from "./repository.js";

type Ecr = typeof import("@aws-sdk/client-ecr");

interface Settings {
  readonly policy?: string | undefined;
  readonly replication?: ReplicationConfiguration;
  readonly scanning?: RegistryScanningConfiguration;
  readonly signing?: SigningConfiguration | undefined;
  readonly account?: Readonly<Record<string, string>>;
}
/** [] */
const settings = defineTable<Settings>("ecr/registry-settings");

const read = (ctx: Context): Settings => ctx.table(settings).get("registry") ?? {};
const change = (ctx: Context, some: Partial<Settings>) =>
  ctx.table(settings).put(["registry"], { ...read(ctx), ...some });

// Differs from AWS: images are replicated nowhere; the configuration is kept.
export const putReplicationConfiguration: Handler<Ecr, "PutReplicationConfiguration"> = (input, ctx) => {
  const { replicationConfiguration } = input;
  const rules = replicationConfiguration?.rules;
  if (!replicationConfiguration || !rules) throw invalid("replicationConfiguration", "must not be null");
  if (rules.length > 10) throw invalid("replicationConfiguration.rules", "must have length less than or equal to 10");
  for (const { region, registryId } of rules.flatMap(({ destinations }) => destinations ?? [])) {
    if (region === ctx.region && registryId === ctx.account) {
      throw new AwsError(
        "InvalidParameterException",
        "Invalid parameter at 'replicationConfiguration' failed to satisfy constraint: 'Replication destination cannot be the same as the source registry'",
      );
    }
  }
  change(ctx, { replication: replicationConfiguration });
  return { replicationConfiguration };
};

export const describeRegistry: Handler<Ecr, "DescribeRegistry"> = (_input, ctx) => ({
  registryId: ctx.account,
  replicationConfiguration: read(ctx).replication ?? { rules: [] },
});

export const describeImageReplicationStatus: Handler<Ecr, "DescribeImageReplicationStatus"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const { digest } = getImage(ctx, repository.name, account, input.imageId);
  const imageId = { imageDigest: digest, imageTag: input.imageId?.imageTag };
  return { repositoryName: repository.name, imageId, replicationStatuses: [] };
};

const noPolicy = (ctx: Context) =>
  new AwsError(
    "RegistryPolicyNotFoundException",
    `Registry policy does not exist in the registry with id '${ctx.account}'`,
  );

export const putRegistryPolicy: Handler<Ecr, "PutRegistryPolicy"> = (input, ctx) => {
  const policyText = checkJson("PolicyText", input.policyText);
  change(ctx, { policy: policyText });
  return { registryId: ctx.account, policyText };
};

export const getRegistryPolicy: Handler<Ecr, "GetRegistryPolicy"> = (_input, ctx) => {
  const { policy } = read(ctx);
  if (policy === undefined) throw noPolicy(ctx);
  return { registryId: ctx.account, policyText: policy };
};

export const deleteRegistryPolicy: Handler<Ecr, "DeleteRegistryPolicy"> = (_input, ctx) => {
  const { policy } = read(ctx);
  if (policy === undefined) throw noPolicy(ctx);
  change(ctx, { policy: undefined });
  return { registryId: ctx.account, policyText: policy };
};

/** The settings of an account: the values that each may have, its default first. */
const ACCOUNT_SETTINGS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  BASIC_SCAN_TYPE_VERSION: ["AWS_NATIVE", "CLAIR"],
  BLOB_MOUNTING: ["DISABLED", "ENABLED"],
  REGISTRY_POLICY_SCOPE: ["V2", "V1"],
};

function valuesOf(name: string | undefined): readonly [string, ...string[]] {
  const values = Object.hasOwn(ACCOUNT_SETTINGS, name ?? "") ? ACCOUNT_SETTINGS[name ?? ""] : undefined;
  if (values) return values;
  throw invalid("name", `must satisfy enum value set: [${Object.keys(ACCOUNT_SETTINGS).join(", ")}]`);
}

/** What an account has a setting at. */
export function accountSetting(ctx: Context, name: string): string {
  return read(ctx).account?.[name] ?? valuesOf(name)[0];
}

export const getAccountSetting: Handler<Ecr, "GetAccountSetting"> = ({ name = "" }, ctx) => ({
  name,
  value: accountSetting(ctx, name),
});

export const putAccountSetting: Handler<Ecr, "PutAccountSetting"> = ({ name = "", value = "" }, ctx) => {
  const values = valuesOf(name);
  if (!values.includes(value)) throw invalid("value", `must satisfy enum value set: [${values.join(", ")}]`);
  change(ctx, { account: { ...read(ctx).account, [name]: value } });
  return { name, value };
};

// Differs from AWS: images are never scanned; what is configured is kept.
export const putRegistryScanningConfiguration: Handler<Ecr, "PutRegistryScanningConfiguration"> = (input, ctx) => {
  const { scanType = "BASIC", rules = [] } = input;
  const limit = scanType === "BASIC" ? 1 : 2;
  if (rules.length > limit) throw invalid("rules", `must have length less than or equal to ${limit}`);
  const scanning = { scanType, rules };
  change(ctx, { scanning });
  return { registryScanningConfiguration: scanning };
};

export const getRegistryScanningConfiguration: Handler<Ecr, "GetRegistryScanningConfiguration"> = (_input, ctx) => ({
  registryId: ctx.account,
  scanningConfiguration: read(ctx).scanning ?? { scanType: "BASIC", rules: [] },
});

export const batchGetRepositoryScanningConfiguration: Handler<Ecr, "BatchGetRepositoryScanningConfiguration"> = (
  input,
  ctx,
) => {
  const names = input.repositoryNames ?? [];
  if (names.length < 1 || names.length > 25) throw invalid("repositoryNames", "must have length between 1 and 25");
  const { rules = [] } = read(ctx).scanning ?? {};
  const scanningConfigurations = [];
  const failures = [];
  for (const repositoryName of names) {
    const repository = ctx.table(repositories).get(repositoryName);
    if (!repository) {
      failures.push({
        repositoryName,
        failureCode: "REPOSITORY_NOT_FOUND" as const,
        failureReason: `The repository with name '${repositoryName}' does not exist in the registry with id '${ctx.account}'`,
      });
      continue;
    }
    const matching = rules.flatMap(({ scanFrequency, repositoryFilters = [] }) => {
      const filters = repositoryFilters.filter(({ filter = "" }) => matchesFilter(filter, repositoryName));
      return filters.length > 0 ? [{ scanFrequency, filters }] : [];
    });
    const [rule] = matching;
    scanningConfigurations.push({
      repositoryArn: repositoryArn(ctx, repositoryName),
      repositoryName,
      scanOnPush: rule ? rule.scanFrequency !== "MANUAL" : repository.scanOnPush,
      scanFrequency: rule?.scanFrequency ?? (repository.scanOnPush ? "SCAN_ON_PUSH" : "MANUAL"),
      appliedScanFilters: rule?.filters ?? [],
    });
  }
  return { scanningConfigurations, failures };
};

/** A filter without a wildcard finds the repositories whose names contain it. */
const matchesFilter = (filter: string, name: string) =>
  filter.includes("*") ? matchesParts(filter.split("*"), name) : name.includes(filter);

export const describeImageScanFindings: Handler<Ecr, "DescribeImageScanFindings"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const { digest } = getImage(ctx, repository.name, account, input.imageId);
  throw new AwsError(
    "ScanNotFoundException",
    `Image scan does not exist for the image with '{imageDigest:'${digest}', imageTag:'${input.imageId?.imageTag ?? "null"}'}' in the repository with name '${repository.name}' in the registry with id '${account}'`,
  );
};

const noSigning = (ctx: Context) =>
  new AwsError(
    "SigningConfigurationNotFoundException",
    `Signing configuration does not exist in the registry with id '${ctx.account}'`,
  );

// Differs from AWS: images are not signed; the configuration is kept.
export const putSigningConfiguration: Handler<Ecr, "PutSigningConfiguration"> = ({ signingConfiguration }, ctx) => {
  if (!signingConfiguration?.rules) throw invalid("signingConfiguration", "must not be null");
  change(ctx, { signing: signingConfiguration });
  return { signingConfiguration };
};

export const getSigningConfiguration: Handler<Ecr, "GetSigningConfiguration"> = (_input, ctx) => {
  const { signing } = read(ctx);
  if (!signing) throw noSigning(ctx);
  return { registryId: ctx.account, signingConfiguration: signing };
};

export const deleteSigningConfiguration: Handler<Ecr, "DeleteSigningConfiguration"> = (_input, ctx) => {
  const { signing } = read(ctx);
  if (!signing) throw noSigning(ctx);
  change(ctx, { signing: undefined });
  return { registryId: ctx.account, signingConfiguration: signing };
};

export const describeImageSigningStatus: Handler<Ecr, "DescribeImageSigningStatus"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const { digest } = getImage(ctx, repository.name, account, input.imageId);
  const imageId = { imageDigest: digest, imageTag: input.imageId?.imageTag };
  return { repositoryName: repository.name, imageId, registryId: account, signingStatuses: [] };
};
