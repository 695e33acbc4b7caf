/** What a window has at most: so many items, and so many bytes, which only its last item may go beyond. */
export interface WindowLimits {
  items: number;
  bytes: number;
}

/** Items of a collection that are read, encoded and written together; the bytes are those of their pictures. */
export const ITEM_WINDOW: WindowLimits = { items: 32, bytes: 64 * 2 ** 20 };

/** Cuts a list or stream into windows, in order and none of them empty; no item is asked for before its window is. */
export async function* windows<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  bytesOf: (item: Item) => number,
  most: WindowLimits,
): AsyncGenerator<Item[]> {
  let window: Item[] = [];
  let bytes = 0;
  for await (const item of items) {
    window.push(item);
    bytes += bytesOf(item);
    if (window.length < most.items && bytes < most.bytes) continue;
    yield window;
    window = [];
    bytes = 0;
  }
  if (window.length > 0) yield window;
}
