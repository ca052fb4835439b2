/** What some templates need before they can be deployed, because they say so beside themselves. */

export interface Preparation {
  /** Words that the template's own script replaces. */
  readonly replaced?: Readonly<Record<string, string>>;
  /** Values of parameters that only this template can explain. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** By the name of the template. */
export const PREPARATIONS: Readonly<Record<string, Preparation>> = {};
