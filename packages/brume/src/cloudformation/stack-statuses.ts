/**
 * The statuses of stacks, and how one follows from another: all there are, line by line.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
 */

export type RestingStatus =
  | "CREATE_COMPLETE"
  | "CREATE_FAILED"
  | "DELETE_COMPLETE"
  | "DELETE_FAILED"
  | "IMPORT_COMPLETE"
  | "IMPORT_ROLLBACK_COMPLETE"
  | "REVIEW_IN_PROGRESS"
  | "ROLLBACK_COMPLETE"
  | "ROLLBACK_FAILED"
  | "UPDATE_COMPLETE"
  | "UPDATE_FAILED"
  | "UPDATE_ROLLBACK_COMPLETE"
  | "UPDATE_ROLLBACK_FAILED";

/** In these something is under way. A stack in review waits for its first change set, and rests. */
export type MovingStatus =
  | "CREATE_IN_PROGRESS"
  | "DELETE_IN_PROGRESS"
  | "IMPORT_IN_PROGRESS"
  | "IMPORT_ROLLBACK_IN_PROGRESS"
  | "ROLLBACK_IN_PROGRESS"
  | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
  | "UPDATE_IN_PROGRESS"
  | "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
  | "UPDATE_ROLLBACK_IN_PROGRESS";

export type StackStatus = RestingStatus | MovingStatus;

/** From which status (none: the stack is not there yet) to which, and what brings that about. */
export const TRANSITIONS: readonly (readonly [from: StackStatus | "NONE", to: StackStatus, when: string])[] = [
  ["NONE", "CREATE_IN_PROGRESS", "CreateStack"],
  ["NONE", "REVIEW_IN_PROGRESS", "CreateChangeSet for a stack that is not there"],
  ["REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "ExecuteChangeSet, or CreateStack"],
  ["REVIEW_IN_PROGRESS", "IMPORT_IN_PROGRESS", "ExecuteChangeSet of type IMPORT"],
  ["REVIEW_IN_PROGRESS", "DELETE_IN_PROGRESS", "DeleteStack"],

  ["CREATE_IN_PROGRESS", "CREATE_COMPLETE", "every resource is made"],
  ["CREATE_IN_PROGRESS", "CREATE_FAILED", "one failed, and what is made stays (DO_NOTHING, DisableRollback)"],
  ["CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "one failed, or the time is up"],
  ["CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "one failed (OnFailure DELETE), or DeleteStack"],
  ["ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", "what was made is deleted"],
  ["ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED", "something of it could not be deleted"],
  ["ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS", "DeleteStack"],
  ["ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", "DeleteStack"],
  ["ROLLBACK_FAILED", "DELETE_IN_PROGRESS", "DeleteStack"],
  ["CREATE_FAILED", "ROLLBACK_IN_PROGRESS", "RollbackStack"],
  ["CREATE_FAILED", "UPDATE_IN_PROGRESS", "UpdateStack, or ExecuteChangeSet"],
  ["CREATE_FAILED", "DELETE_IN_PROGRESS", "DeleteStack"],

  ["CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UpdateStack, or ExecuteChangeSet"],
  ["CREATE_COMPLETE", "IMPORT_IN_PROGRESS", "ExecuteChangeSet of type IMPORT"],
  ["CREATE_COMPLETE", "DELETE_IN_PROGRESS", "DeleteStack"],

  ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "every resource is what the template says"],
  ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "one failed, an alarm rang, or CancelUpdateStack"],
  ["UPDATE_IN_PROGRESS", "UPDATE_FAILED", "one failed, and what is changed stays (DisableRollback)"],
  ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE", "what is no longer wanted is deleted, or left"],
  ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "the update of its parent is rolled back"],
  ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_IN_PROGRESS", "its parent, left UPDATE_FAILED, is updated again"],
  ["UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", "UpdateStack, or ExecuteChangeSet"],
  ["UPDATE_COMPLETE", "IMPORT_IN_PROGRESS", "ExecuteChangeSet of type IMPORT"],
  ["UPDATE_COMPLETE", "DELETE_IN_PROGRESS", "DeleteStack"],
  ["UPDATE_FAILED", "UPDATE_IN_PROGRESS", "UpdateStack, or ExecuteChangeSet"],
  ["UPDATE_FAILED", "UPDATE_ROLLBACK_IN_PROGRESS", "RollbackStack"],
  ["UPDATE_FAILED", "DELETE_IN_PROGRESS", "DeleteStack"],
  ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "every resource is what it was"],
  ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED", "one could not be brought back"],
  ["UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", "what the update made is deleted"],
  ["UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_IN_PROGRESS", "ContinueUpdateRollback"],
  ["UPDATE_ROLLBACK_FAILED", "DELETE_IN_PROGRESS", "DeleteStack"],
  ["UPDATE_ROLLBACK_COMPLETE", "UPDATE_IN_PROGRESS", "UpdateStack, or ExecuteChangeSet"],
  ["UPDATE_ROLLBACK_COMPLETE", "IMPORT_IN_PROGRESS", "ExecuteChangeSet of type IMPORT"],
  ["UPDATE_ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", "DeleteStack"],

  ["IMPORT_IN_PROGRESS", "IMPORT_COMPLETE", "every resource is taken in"],
  ["IMPORT_IN_PROGRESS", "IMPORT_ROLLBACK_IN_PROGRESS", "one is not there"],
  ["IMPORT_ROLLBACK_IN_PROGRESS", "IMPORT_ROLLBACK_COMPLETE", "what was taken in is let go"],
  ["IMPORT_COMPLETE", "UPDATE_IN_PROGRESS", "UpdateStack, or ExecuteChangeSet"],
  ["IMPORT_COMPLETE", "IMPORT_IN_PROGRESS", "ExecuteChangeSet of type IMPORT"],
  ["IMPORT_COMPLETE", "DELETE_IN_PROGRESS", "DeleteStack"],
  ["IMPORT_ROLLBACK_COMPLETE", "UPDATE_IN_PROGRESS", "UpdateStack, or ExecuteChangeSet"],
  ["IMPORT_ROLLBACK_COMPLETE", "IMPORT_IN_PROGRESS", "ExecuteChangeSet of type IMPORT"],
  ["IMPORT_ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", "DeleteStack"],

  ["DELETE_IN_PROGRESS", "DELETE_COMPLETE", "every resource is deleted, or left by its policy"],
  ["DELETE_IN_PROGRESS", "DELETE_FAILED", "one could not be deleted"],
  ["DELETE_FAILED", "DELETE_IN_PROGRESS", "DeleteStack"],
];

/** By the status of a parent: the statuses in which a nested stack has done its part of the operation, and waits for it. */
const WAITS: Readonly<Partial<Record<StackStatus, readonly StackStatus[]>>> = {
  UPDATE_IN_PROGRESS: ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"],
  UPDATE_ROLLBACK_IN_PROGRESS: ["UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"],
};

/** Whether a nested stack waits until its parent cleans up, or goes back. */
export function waitsFor(parent: StackStatus, nested: StackStatus): boolean {
  return WAITS[parent]?.includes(nested) ?? false;
}

const allowed = new Set(TRANSITIONS.map(([from, to]) => `${from} ${to}`));

/** Whether a stack can go from one status to another. */
export function canFollow(from: StackStatus | "NONE", to: StackStatus): boolean {
  return allowed.has(`${from} ${to}`);
}
