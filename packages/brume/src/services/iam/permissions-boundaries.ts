/** Permissions boundaries of users and roles. */
import type { Context } from "../../kernel/context.js";
import { check, type Role, type User } from "./entity.js";
import { changeEntity, findPolicy, noSuchEntity } from "./tables.js";

/** How answers show a boundary. */
export function boundaryAnswer(arn: string | undefined) {
  return arn === undefined
    ? undefined
    : { PermissionsBoundaryType: "PermissionsBoundaryPolicy" as const, PermissionsBoundaryArn: arn };
}

/** @throws AwsError `NoSuchEntity` when a permissions boundary is no managed policy */
export function checkBoundary(ctx: Context, arn: string | undefined): string | undefined {
  if (arn !== undefined && !findPolicy(ctx, arn)) {
    throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`);
  }
  return arn;
}

type Bounded = { user: User; role: Role };

/** @throws AwsError `ValidationError`, `NoSuchEntity` */
export function putBoundary<K extends keyof Bounded>(
  ctx: Context,
  kind: K,
  entity: Bounded[K],
  arn: string | undefined,
): Record<string, never> {
  check("permissionsBoundary", arn, { min: 20, max: 2048 });
  changeEntity<"user" | "role">(ctx, kind, entity, { boundary: checkBoundary(ctx, arn) });
  return {};
}

/** @throws AwsError `NoSuchEntity` where there is none */
export function deleteBoundary<K extends keyof Bounded>(
  ctx: Context,
  kind: K,
  entity: Bounded[K],
): Record<string, never> {
  const noun = kind === "user" ? "User" : "Role";
  if (entity.boundary === undefined) throw noSuchEntity(`${noun} does not have a permissions boundary.`);
  changeEntity<"user" | "role">(ctx, kind, entity, { boundary: undefined });
  return {};
}
