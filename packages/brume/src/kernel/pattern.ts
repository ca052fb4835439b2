/** Regular expressions that others wrote, which must not hold the cloud up. */
import { Script } from "node:vm";

/** How long one test of a text may take. */
const LIMIT_MS = 250;

/**
 * Whether a text meets a regular expression; one that takes too long to tell is not met.
 * @throws SyntaxError for what is no regular expression
 */
export function matchesPattern(source: string, text: string, flags = ""): boolean {
  const quote = JSON.stringify;
  const script = new Script(`new RegExp(${quote(source)}, ${quote(flags)}).test(${quote(text)})`);
  try {
    return script.runInThisContext({ timeout: LIMIT_MS }) as boolean;
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return false;
    throw error;
  }
}
