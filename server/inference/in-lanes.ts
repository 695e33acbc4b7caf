/**
 * Cuts a list into chunks and works on two of them at a time, in order: while one runs the next one already waits, so the workers
 * are never idle, and no more than two stand before other people's work.
 *
 * `size` is asked before each chunk. `go` may say that no further chunk is started; what was not worked on is left out of the result,
 * which is in the order of `items`.
 */
export async function inLanes<Item, Result>(
  items: readonly Item[],
  size: () => number,
  work: (chunk: Item[]) => Promise<Result[]>,
  go: () => boolean = () => true,
): Promise<Result[]> {
  const results: Result[][] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length && go()) {
      const start = next;
      next = Math.min(items.length, start + size());
      results[start] = await work(items.slice(start, next));
    }
  };
  const stopAll = (error: unknown): never => {
    next = items.length;
    throw error;
  };
  await Promise.all([lane().catch(stopAll), lane().catch(stopAll)]);
  return results.flat();
}
