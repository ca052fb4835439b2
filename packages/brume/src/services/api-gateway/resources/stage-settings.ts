/** The settings that stages have, whether a stage or a deployment's description of one sets them. */
import type { Json, Properties } from "../../../kernel/resource.js";
import { type PatchOperation, segment } from "./mapped.js";

/** Properties of a stage, and where they are patched. */
const STAGE: Readonly<Record<string, string>> = {
  CacheClusterEnabled: "/cacheClusterEnabled",
  CacheClusterSize: "/cacheClusterSize",
  ClientCertificateId: "/clientCertificateId",
  Description: "/description",
  DocumentationVersion: "/documentationVersion",
  TracingEnabled: "/tracingEnabled",
};

/** Properties of a method's settings, where they are patched, and what they are called in the API. */
export const METHOD_SETTINGS: Readonly<Record<string, readonly [path: string, member: string]>> = {
  CacheDataEncrypted: ["caching/dataEncrypted", "cacheDataEncrypted"],
  CacheTtlInSeconds: ["caching/ttlInSeconds", "cacheTtlInSeconds"],
  CachingEnabled: ["caching/enabled", "cachingEnabled"],
  DataTraceEnabled: ["logging/dataTrace", "dataTraceEnabled"],
  LoggingLevel: ["logging/loglevel", "loggingLevel"],
  MetricsEnabled: ["metrics/enabled", "metricsEnabled"],
  ThrottlingBurstLimit: ["throttling/burstLimit", "throttlingBurstLimit"],
  ThrottlingRateLimit: ["throttling/rateLimit", "throttlingRateLimit"],
};

const listOf = (value: Json | undefined) => (value ?? []) as Properties[];

/** Under what a setting stands in the API: the methods that it is for. */
export const prefixOf = ({ ResourcePath, HttpMethod }: Properties) =>
  `/${segment(String(ResourcePath ?? "/*").replaceAll("~1", "/"))}/${String(HttpMethod ?? "*")}`;

/** The operations that bring a stage from what the template said before to what it says now. */
export function stagePatch(previous: Properties, desired: Properties): PatchOperation[] {
  const operations: PatchOperation[] = [];
  for (const [name, path] of Object.entries(STAGE)) {
    if (JSON.stringify(previous[name]) === JSON.stringify(desired[name])) continue;
    const value = desired[name];
    const cleared: PatchOperation = name.endsWith("Enabled")
      ? { op: "replace", path, value: "false" }
      : { op: "remove", path };
    operations.push(value === undefined ? cleared : { op: "replace", path, value: String(value) });
  }
  const [before, after] = [(previous.Variables ?? {}) as Properties, (desired.Variables ?? {}) as Properties];
  for (const name of Object.keys(before))
    if (!(name in after)) operations.push({ op: "remove", path: `/variables/${segment(name)}` });
  for (const [name, value] of Object.entries(after)) {
    operations.push({ op: "replace", path: `/variables/${segment(name)}`, value: String(value) });
  }
  // A deployment's description of its stage says the settings of all methods beside those of some.
  const said = (properties: Properties) => Object.keys(METHOD_SETTINGS).some((name) => properties[name] !== undefined);
  const ofAll = (properties: Properties): Properties => ({ ...properties, ResourcePath: "/*", HttpMethod: "*" });
  if (said(previous)) operations.push({ op: "remove", path: prefixOf(ofAll(previous)) });
  for (const settings of listOf(previous.MethodSettings)) operations.push({ op: "remove", path: prefixOf(settings) });
  for (const settings of [ofAll(desired), ...listOf(desired.MethodSettings)]) {
    for (const [name, [path]] of Object.entries(METHOD_SETTINGS)) {
      if (settings[name] === undefined) continue;
      operations.push({ op: "replace", path: `${prefixOf(settings)}/${path}`, value: String(settings[name]) });
    }
  }
  return [...operations, ...accessLogPatch(previous, desired), ...canaryPatch(previous, desired)];
}

/** Members of a canary's settings, and what they are called in the API. */
export const CANARY: Readonly<Record<string, string>> = {
  DeploymentId: "deploymentId",
  PercentTraffic: "percentTraffic",
  UseStageCache: "useStageCache",
};

function canaryPatch(previous: Properties, desired: Properties): PatchOperation[] {
  const [before, canary] = [previous.CanarySetting, desired.CanarySetting] as (Properties | undefined)[];
  if (JSON.stringify(before) === JSON.stringify(canary)) return [];
  const operations: PatchOperation[] = before ? [{ op: "remove", path: "/canarySettings" }] : [];
  for (const [name, member] of Object.entries(CANARY)) {
    if (canary?.[name] !== undefined)
      operations.push({ op: "replace", path: `/canarySettings/${member}`, value: String(canary[name]) });
  }
  for (const [name, value] of Object.entries((canary?.StageVariableOverrides ?? {}) as Properties)) {
    const path = `/canarySettings/stageVariableOverrides/${segment(name)}`;
    operations.push({ op: "replace", path, value: String(value) });
  }
  return operations;
}

function accessLogPatch(previous: Properties, desired: Properties): PatchOperation[] {
  const log = desired.AccessLogSetting as Properties | undefined;
  if (!log) return previous.AccessLogSetting ? [{ op: "remove", path: "/accessLogSettings" }] : [];
  const operations: PatchOperation[] = [];
  for (const [name, member] of [
    ["DestinationArn", "destinationArn"],
    ["Format", "format"],
  ] as const) {
    if (log[name] !== undefined)
      operations.push({ op: "replace", path: `/accessLogSettings/${member}`, value: String(log[name]) });
  }
  return operations;
}
