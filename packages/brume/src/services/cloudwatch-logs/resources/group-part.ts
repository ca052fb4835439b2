/** What the providers of parts of a log group share. */
import { isAwsError } from "../../../kernel/errors.js";

/** Awaits what may find nothing; `undefined` then. */
export async function orGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}
