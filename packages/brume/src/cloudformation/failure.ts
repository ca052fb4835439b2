/** Why a step on a resource failed, as its status reason tells it. */
import type { Context } from "../kernel/context.js";
import { AwsError } from "../kernel/errors.js";
import { uuid } from "../kernel/identifiers.js";
import type { StackResource } from "./stack.js";

/** A failure whose message is the resource's status reason as it stands. */
export class ResourceFailure extends AwsError {}

/** The kinds of step that can be made to fail. */
export type Step = "create" | "update" | "delete" | "rollback";

/**
 * Fails the step if a fault was injected for it, in any stack or in the one: `{ service: "cloudformation", operation:
 * "create LogicalId" }`, or `"create StackName/LogicalId"`.
 */
export function failOnDemand(ctx: Context, step: Step, stackName: string, { logicalId }: StackResource): void {
  const { faults } = ctx.cloud;
  if (faults.none) return;
  const fault =
    faults.take("cloudformation", `${step} ${stackName}/${logicalId}`) ??
    faults.take("cloudformation", `${step} ${logicalId}`);
  if (fault?.error) throw new ResourceFailure("InjectedFailure", fault.error.message);
}

export type HandlerErrorCode =
  | "AccessDenied"
  | "AlreadyExists"
  | "InternalFailure"
  | "InvalidRequest"
  | "NotFound"
  | "ServiceLimitExceeded";

/** How a registry handler classifies an error. See "Handler error codes" in the CloudFormation CLI User Guide. */
export function handlerErrorCode(code: string): HandlerErrorCode {
  if (/AlreadyExists|AlreadyOwned|ResourceConflict|QueueNameExists|ResourceInUse/.test(code)) return "AlreadyExists";
  if (/NotFound|NoSuch|DoesNotExist/.test(code)) return "NotFound";
  if (/AccessDenied|Unauthorized/.test(code)) return "AccessDenied";
  if (/Limit|TooMany|Throttl/.test(code)) return "ServiceLimitExceeded";
  if (/^Internal/.test(code)) return "InternalFailure";
  return "InvalidRequest";
}

/** Whether an error says that what was to be made is there already. */
export function alreadyExists(error: unknown): boolean {
  return error instanceof AwsError && handlerErrorCode(error.code) === "AlreadyExists";
}

/** The status reason for an error. A defect of ours is reported as well. */
export function reasonOf(ctx: Context, error: unknown, resource: StackResource): string {
  if (error instanceof ResourceFailure) return error.message;
  if (!(error instanceof AwsError)) {
    ctx.cloud.reportFailure(error, `the provider of ${resource.type} (${resource.path ?? resource.logicalId})`);
    return `Internal Failure: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (error.code === "ValidationError" && error.message.startsWith("Template error")) return error.message;
  return `Resource handler returned message: "${error.message}" (RequestToken: ${uuid()}, HandlerErrorCode: ${handlerErrorCode(error.code)})`;
}
