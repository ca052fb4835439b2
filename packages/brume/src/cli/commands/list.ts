/** `brume list`. */
import { selectStacks } from "../../assembly/manifest.js";
import { ensureCloud } from "../connect.js";
import type { Action } from "../main.js";
import { placeOf } from "../place.js";
import { synthesizeHere } from "../synthesis.js";

export const list: Action = async ([patterns = []], options, output) => {
  const { assembly } = await synthesizeHere(
    options,
    placeOf(options),
    async () => (await ensureCloud(options)).cloud,
    output,
  );
  const stacks = selectStacks(assembly, patterns, { ...options, all: options.all ?? patterns.length === 0 });
  for (const { displayName, stackName, place } of stacks) {
    output.line(options.long ? `${displayName} (${stackName}) aws://${place.account}/${place.region}` : displayName);
  }
  output.result(
    stacks.map(({ displayName, stackName, place, dependencies }) => ({
      id: displayName,
      name: stackName,
      environment: place,
      dependencies,
    })),
  );
};
