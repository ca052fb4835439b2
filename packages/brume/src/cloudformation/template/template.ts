/** A template as it was parsed: plain data, and where each part of it stands in its text. */
import type { Json } from "../../kernel/resource.js";

export type JsonObject = { [key: string]: Json };

export interface ParameterDefinition {
  Type: string;
  Default?: Json;
  AllowedValues?: Json[];
  AllowedPattern?: string;
  ConstraintDescription?: string;
  Description?: string;
  MinLength?: Json;
  MaxLength?: Json;
  MinValue?: Json;
  MaxValue?: Json;
  NoEcho?: Json;
}

export interface ResourceDefinition {
  Type: string;
  Properties?: JsonObject;
  DependsOn?: string | string[];
  Condition?: string;
  DeletionPolicy?: Json;
  UpdateReplacePolicy?: Json;
  Metadata?: JsonObject;
  CreationPolicy?: JsonObject;
  UpdatePolicy?: JsonObject;
  Version?: string;
}

export interface OutputDefinition {
  Value: Json;
  Description?: string;
  Export?: { Name: Json };
  Condition?: string;
}

export interface Template {
  readonly text: string;
  readonly description: string | undefined;
  readonly parameters: Readonly<Record<string, ParameterDefinition>>;
  readonly mappings: Readonly<Record<string, Record<string, JsonObject>>>;
  readonly conditions: Readonly<Record<string, Json>>;
  readonly resources: Readonly<Record<string, ResourceDefinition>>;
  readonly outputs: Readonly<Record<string, OutputDefinition>>;
  readonly rules: JsonObject;
  readonly metadata: JsonObject;
  readonly transforms: readonly string[];
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The construct path of a resource, where the CDK left it. */
export function constructPath(resource: ResourceDefinition | undefined): string | undefined {
  const path = resource?.Metadata?.["aws:cdk:path"];
  return typeof path === "string" ? path : undefined;
}

/** The logical ids that a resource says it depends on. */
export function declaredDependencies(resource: ResourceDefinition): readonly string[] {
  return resource.DependsOn === undefined ? [] : [resource.DependsOn].flat();
}
