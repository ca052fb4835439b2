/** The order in which things can be done. */

/** Each node and the nodes that it needs. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** The nodes of one cycle, in order; `undefined` when there is none. */
export function findCycle(graph: Graph): string[] | undefined {
  const done = new Set<string>();
  const open: string[] = [];
  const onPath = new Set<string>();
  // Iterative, so that a chain of thousands does not run out of stack.
  for (const start of graph.keys()) {
    const stack: { node: string; needs: Iterator<string> }[] = [];
    const enter = (node: string) => {
      onPath.add(node);
      open.push(node);
      stack.push({ node, needs: (graph.get(node) ?? new Set<string>()).values() });
    };
    if (!done.has(start)) enter(start);
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as { node: string; needs: Iterator<string> };
      const next = top.needs.next();
      if (next.done) {
        stack.pop();
        open.pop();
        onPath.delete(top.node);
        done.add(top.node);
      } else if (onPath.has(next.value)) return open.slice(open.indexOf(next.value));
      else if (!done.has(next.value) && graph.has(next.value)) enter(next.value);
    }
  }
  return undefined;
}

/** The graph with its arrows turned round: each node, and the nodes that need it. */
export function reversed(graph: Graph): Map<string, Set<string>> {
  const turned = new Map<string, Set<string>>([...graph.keys()].map((node) => [node, new Set()]));
  for (const [node, needs] of graph) for (const need of needs) turned.get(need)?.add(node);
  return turned;
}

/**
 * Visits every node, each when all that it needs has been visited, as many at once as that allows. What needs a node
 * whose visit failed is never visited; with `stop`, nothing more is begun after a failure. Visits under way are waited
 * for.
 * @returns the nodes that were never visited
 */
export async function walk(
  graph: Graph,
  visit: (node: string) => Promise<boolean>,
  onFailure: "stop" | "go on",
): Promise<string[]> {
  const dependents = reversed(graph);
  const missing = new Map<string, number>();
  for (const [node, needs] of graph) missing.set(node, [...needs].filter((need) => graph.has(need)).length);
  const waiting = new Set(graph.keys());
  let stopped = false;
  await new Promise<void>((resolve, reject) => {
    let running = 0;
    const start = (node: string) => {
      if (stopped) return;
      waiting.delete(node);
      running++;
      visit(node).then((succeeded) => {
        running--;
        if (!succeeded && onFailure === "stop") stopped = true;
        for (const dependent of succeeded ? (dependents.get(node) ?? []) : []) {
          const left = (missing.get(dependent) as number) - 1;
          missing.set(dependent, left);
          if (left === 0) start(dependent);
        }
        if (running === 0) resolve();
      }, reject);
    };
    for (const node of [...graph.keys()]) if (missing.get(node) === 0) start(node);
    if (running === 0) resolve();
  });
  return [...waiting];
}
