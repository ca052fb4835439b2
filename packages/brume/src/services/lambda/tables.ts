/** Where functions and what belongs to them are kept. */
import type {
  AliasConfiguration,
  CodeSigningConfig,
  EventSourceMappingConfiguration,
  FunctionConfiguration,
  FunctionEventInvokeConfig,
  FunctionUrlConfig,
  GetLayerVersionResponse,
  GetRuntimeManagementConfigResponse,
} from "@aws-sdk/client-lambda";
import { defineTable } from "../../kernel/store.js";
import type { FunctionImage } from "./image.js";

/** A version's configuration as it is stored: what a function always has is there. */
export interface Configuration extends FunctionConfiguration {
  FunctionName: string;
  FunctionArn: string;
  Version: string;
  Role: string;
  Timeout: number;
  MemorySize: number;
  RevisionId: string;
  LastModified: string;
}

/** `$LATEST` or a published version: its configuration, and the SHA-256 (hexadecimal) of the code it runs. */
export interface FunctionVersion {
  readonly configuration: Configuration;
  readonly codeHash: string;
  /** Of a function whose code is a container image. */
  readonly image?: FunctionImage | undefined;
  /** Of a published version: which attempt of a stack made it. */
  readonly token?: string | undefined;
}

/** What belongs to a function as a whole, beside its latest version. */
export interface FunctionRow extends FunctionVersion {
  readonly name: string;
  readonly nextVersion: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly reservedConcurrency?: number;
  readonly recursiveLoop?: "Allow" | "Terminate";
  readonly codeSigningConfigArn?: string;
}

/** [name] */
export const functions = defineTable<FunctionRow>("lambda/functions", "region", { cached: true });
/** [name, version number] */
export const versions = defineTable<FunctionVersion>("lambda/versions", "region", { cached: true });
/** [name, alias] */
export const aliases = defineTable<AliasConfiguration & { Name: string; FunctionVersion: string }>("lambda/aliases");

/** A resource policy: statements in the order in which they were added. */
export interface Policy {
  readonly revisionId: string;
  readonly statements: readonly (Readonly<Record<string, unknown>> & { readonly Sid?: string })[];
  /** The other members of a document that was put as a whole. */
  readonly document?: Readonly<Record<string, unknown>>;
}
/** [name, qualifier]; the qualifier is "" for the function itself */
export const policies = defineTable<Policy>("lambda/policies", "region", { cached: true });

/** [name, qualifier] */
export const urlConfigs = defineTable<FunctionUrlConfig & { urlId: string; qualifier: string }>("lambda/url-configs");
/** [URL id]: whose function URL it is. */
export const urls = defineTable<{ account: string; region: string; name: string; qualifier: string }>(
  "lambda/urls",
  "cloud",
);
/** [name, qualifier] */
export const eventInvokeConfigs = defineTable<FunctionEventInvokeConfig>("lambda/event-invoke-configs");
/** [name, qualifier] */
export const provisionedConcurrency = defineTable<{ qualifier: string; requested: number; modifiedAt: number }>(
  "lambda/provisioned-concurrency",
);
/** [name, qualifier] */
export const runtimeManagement = defineTable<GetRuntimeManagementConfigResponse>("lambda/runtime-management");
/** An event source mapping as it is stored. */
export type Mapping = EventSourceMappingConfiguration & {
  UUID: string;
  FunctionArn: string;
  tags?: Record<string, string>;
};
/** [UUID] */
export const eventSourceMappings = defineTable<Mapping>("lambda/event-source-mappings");
/** [id] */
export const codeSigningConfigs = defineTable<CodeSigningConfig & { tags?: Record<string, string> }>(
  "lambda/code-signing-configs",
);

/** A version of a layer. */
export interface LayerVersionRow extends GetLayerVersionResponse {
  readonly name: string;
  readonly Version: number;
  readonly LayerVersionArn: string;
  readonly codeHash: string;
}
/** [layer name]: the number of its last version, kept when versions are deleted. */
export const layers = defineTable<{ name: string; last: number }>("lambda/layers");
/** [layer name, version] */
export const layerVersions = defineTable<LayerVersionRow>("lambda/layer-versions");
/** [layer name, version] */
export const layerPolicies = defineTable<Policy>("lambda/layer-policies");
