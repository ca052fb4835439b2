/** What is asked of the process in which the engine is measured, and what it answers. */

export interface EngineTask {
  readonly kind: "queues" | "modelled" | "functions";
  readonly count: number;
  /** For the cloud's data. */
  readonly directory: string;
}

/** Milliseconds, and megabytes of the process. */
export interface EngineFigures {
  readonly createMs: number;
  /** The least of several plans for a template that changes nothing. */
  readonly planMs?: number;
  /** Of the template's text, by JSON.parse. */
  readonly parseMs?: number;
  readonly updateMs?: number;
  /** The same made without the engine: by the services' own calls, or as rows of the store. */
  readonly peerMs: number;
  readonly peerUpdateMs?: number;
  readonly beforeMb: number;
  readonly peakMb: number;
}
