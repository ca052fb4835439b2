/**
 * The program of the validator's process: loads AWS's rules, which takes seconds, and then validates template after template in
 * milliseconds. It ends by itself when it has had nothing to do for a while, since the rules take some 300 MB.
 */
import { CelEngine } from "@aws/cloudformation-validate";

const IDLE_MS = 15 * 60_000;

const engine = new CelEngine();
const idle = setTimeout(() => process.exit(), IDLE_MS);
process.on("message", ({ id, file, template }) => {
  idle.refresh();
  try {
    const { diagnostics } = engine.validateStandard({ path: file, readBytes: () => Buffer.from(template) });
    process.send({ id, diagnostics });
  } catch (error) {
    process.send({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
process.on("disconnect", () => process.exit());
process.send({ ready: true });
