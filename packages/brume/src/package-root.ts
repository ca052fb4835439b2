/** Where brume's own files are: the same from the sources and from the built package. */

/** The folder that holds `gen`, `dist` and `package.json`. */
export const packageRoot = new URL("../", import.meta.url);
