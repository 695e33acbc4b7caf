/** How often a pair of neighbouring tokens occurs. */
export interface PairCount {
  left: number;
  right: number;
  count: number;
}

/** Most frequent first; equal counts by the ids, smaller first, as Hugging Face's trainer does. */
function before(a: PairCount, b: PairCount): boolean {
  if (a.count !== b.count) return a.count > b.count;
  return a.left !== b.left ? a.left < b.left : a.right < b.right;
}

/** A binary heap of pair counts; the most frequent pair is taken first. */
export class PairHeap {
  private readonly items: PairCount[] = [];

  push(item: PairCount): void {
    const { items } = this;
    let i = items.push(item) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(item, items[parent]!)) break;
      items[i] = items[parent]!;
      i = parent;
    }
    items[i] = item;
  }

  pop(): PairCount | undefined {
    const { items } = this;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && before(items[child + 1]!, items[child]!)) child++;
      if (!before(items[child]!, last)) break;
      items[i] = items[child]!;
      i = child;
    }
    items[i] = last;
    return top;
  }
}
