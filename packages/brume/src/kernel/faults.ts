/** Failures on demand: rules that make matching calls fail or wait. */
import { AwsError } from "./errors.js";

/** A rule: which calls it is for, and what happens to them. */
export interface Fault {
  service: string;
  /** All operations of the service when absent. */
  operation?: string;
  /** How many calls it is for; all when absent. */
  times?: number;
  /** What the calls answer with. */
  error?: { code: string; message?: string; status?: number };
  /** Milliseconds of cloud time that the calls wait first. */
  delayMs?: number;
}

/** The rules in force. */
export class Faults {
  #rules: Fault[] = [];

  get none(): boolean {
    return this.#rules.length === 0;
  }

  /** Adds a rule; the function returned takes it back. */
  inject(fault: Fault): () => void {
    const rule = { ...fault };
    this.#rules.push(rule);
    return () => this.#remove(rule);
  }

  /** Takes every rule back. */
  clear(): void {
    this.#rules = [];
  }

  /** The rule for a call, if there is one; uses it up by one. */
  take(service: string, operation: string): { error?: AwsError; delayMs?: number } | undefined {
    const rule = this.#rules.find((one) => one.service === service && (one.operation ?? operation) === operation);
    if (!rule) return undefined;
    if (rule.times !== undefined && --rule.times <= 0) this.#remove(rule);
    const { error } = rule;
    return {
      delayMs: rule.delayMs,
      error: error && new AwsError(error.code, error.message ?? "A fault was injected.", { status: error.status }),
    };
  }

  #remove(rule: Fault): void {
    this.#rules = this.#rules.filter((one) => one !== rule);
  }
}
