/** A measured figure, what stands beside it in the same run, and what is aimed at. */

/** The empty one is that of a plain number. */
export type Unit = "µs" | "ms" | "MB" | "MB/s" | "requests/s" | "";

export interface Figure {
  /** What was measured, such as `SQS SendMessage, CPU a request`. */
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
  /** What the value was taken from, in the order in which it was measured. */
  readonly samples?: readonly number[];
  /** The same measured of something else in the same run. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** The aim for the value, or for its ratio to the peer's. */
  readonly aim?: { readonly of: "value" | "ratio"; readonly atLeast?: number; readonly atMost?: number };
}

/** How good a figure is against its peer: above 1 is better than the peer, whatever the unit. */
export function ratioOf({ value, unit, peer }: Figure): number | undefined {
  if (!peer) return undefined;
  return unit.endsWith("/s") ? value / peer.value : peer.value / value;
}

/** Whether a figure reaches its aim, and how far it is beyond or short of it (0.1: by a tenth). */
export function verdictOf(figure: Figure): { pass: boolean; margin: number } | undefined {
  const { aim } = figure;
  const reached = aim?.of === "ratio" ? ratioOf(figure) : figure.value;
  if (!aim || reached === undefined) return undefined;
  const margin = aim.atLeast === undefined ? 1 - reached / (aim.atMost as number) : reached / aim.atLeast - 1;
  return { pass: margin >= 0, margin };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle];
  if (high === undefined) throw new Error("Nothing was measured.");
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] as number)) / 2;
}

/** The median of samples, as a figure. */
export function medianFigure(
  name: string,
  unit: Unit,
  samples: readonly number[],
  more: Pick<Figure, "peer" | "aim"> = {},
): Figure {
  return { name, value: median(samples), unit, samples, ...more };
}
