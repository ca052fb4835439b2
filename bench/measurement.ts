/** What every measurement is given, and what it is. */
import type { Figure } from "./figure.js";
import type { Scratch } from "./scratch.js";

export interface Bench {
  /** How often everything is measured. */
  readonly rounds: number;
  /** Whether it is only to be seen that everything works: the figures are worth nothing. */
  readonly quick: boolean;
  readonly scratch: Scratch;
}

export type Measurement = (bench: Bench) => Promise<Figure[]>;
