/** What the requests that are refused are made of. */

/** An operation, its input, and the code and message that AWS answers. Names in capitals stand for what the test makes. */
export type Refusal = readonly [operation: string, input: object, code: string, message: string | RegExp];

export const TRUST =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}';

/** The message for one member that is not what the API's model says. */
export const one = (value: string, member: string, rule: string) =>
  `1 validation error detected: Value ${value} at '${member}' failed to satisfy constraint: Member must ${rule}`;

export const missing = (member: string) => one("null", member, "not be null");
