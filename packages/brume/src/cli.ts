/** The entry point of the `brume` command. */
import { main } from "./cli/main.js";

// Whoever reads no further, such as `head`, ends the command quietly.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
process.exitCode = await main(process.argv.slice(2));
