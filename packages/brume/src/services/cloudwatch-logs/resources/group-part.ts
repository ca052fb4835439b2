/** What the providers of parts of a log group share. */
import { orUndefined } from "../../../kernel/errors.js";

/** Awaits what may find nothing; `undefined` then. */
export const orGone = <T>(work: Promise<T>): Promise<T | undefined> => orUndefined(work, "ResourceNotFoundException");
