/** Templates that do not come through, and why AWS would refuse them too. */

/** By the name of the template. */
export const EXPECTED_FAILURES: Readonly<Record<string, string>> = {};
