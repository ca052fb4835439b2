/** The figures of one kind of request: CPU, throughput and waiting, each beside that of the other servers. */
import type { Figure } from "./figure.js";
import { CONNECTIONS, type Load } from "./load.js";

/** Another server under the same load, and what is aimed at beside it: ratios, above 1 where brume is better. */
export interface Peer {
  readonly name: string;
  readonly load: Load;
  readonly cpuAtLeast?: number;
  readonly throughputAtLeast?: number;
}

/** @param what such as `SQS SendMessage (100 B)`; the first peer's wait is the one that brume's stands beside */
export function loadFigures(what: string, brume: Load, peers: readonly Peer[]): Figure[] {
  const aim = (atLeast: number | undefined) =>
    atLeast === undefined ? {} : { aim: { of: "ratio", atLeast } satisfies Figure["aim"] };
  const [first] = peers;
  return [
    ...peers.map(
      ({ name, load, cpuAtLeast }): Figure => ({
        name: `${what}, CPU a request`,
        value: brume.cpuMicroseconds,
        unit: "µs",
        samples: brume.cpuMicrosecondsSamples,
        peer: { name, value: load.cpuMicroseconds },
        ...aim(cpuAtLeast),
      }),
    ),
    ...peers.map(
      ({ name, load, throughputAtLeast }): Figure => ({
        name: `${what}, throughput`,
        value: brume.requestsPerSecond,
        unit: "requests/s",
        samples: brume.requestsPerSecondSamples,
        peer: { name, value: load.requestsPerSecond },
        ...aim(throughputAtLeast),
      }),
    ),
    {
      name: `${what}, p99 at ${CONNECTIONS} connections`,
      value: brume.p99Ms,
      unit: "ms",
      samples: brume.p99MsSamples,
      ...(first && { peer: { name: first.name, value: first.load.p99Ms } }),
    },
  ];
}
