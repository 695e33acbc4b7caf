/** What one request carries at most, far below what the server takes: progress is shown a batch at a time. */
const MOST_FILES = 16;
const MOST_BYTES = 8 * 2 ** 20;

/** The files in their order, cut into what one request carries; a larger file goes alone. */
export function batchesOf(files: readonly File[]): File[][] {
  const batches: File[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const file of files) {
    const last = batches.at(-1);
    if (!last || last.length === MOST_FILES || bytes + file.size > MOST_BYTES) {
      batches.push([file]);
      bytes = file.size;
    } else {
      last.push(file);
      bytes += file.size;
    }
  }
  return batches;
}
