/** How high a syntax tree is. A chain of operators is parsed by a loop, but read by functions that call themselves. */

/** Is there a path of more than `limit` nodes from the root? Without recursion, whatever the tree. */
export function tooHigh(root: object, limit: number): boolean {
  const nodes: object[] = [root];
  const heights: number[] = [1];
  for (;;) {
    const node = nodes.pop();
    const height = heights.pop();
    if (node === undefined || height === undefined) return false;
    if (height > limit) return true;
    const below = "kind" in node ? height + 1 : height;
    // Whatever a node holds: only objects are looked at.
    for (const child of Object.values(node) as readonly unknown[]) {
      if (typeof child === "object" && child !== null) {
        nodes.push(child);
        heights.push(below);
      }
    }
  }
}
