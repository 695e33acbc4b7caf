import { expect, test } from 'vitest';
import { windows } from '../../server/windows.js';

const LIMITS = { items: 3, bytes: 10 };

async function cut(items: AsyncIterable<number> | Iterable<number>): Promise<number[][]> {
  const found: number[][] = [];
  for await (const window of windows(items, (bytes) => bytes, LIMITS)) found.push(window);
  return found;
}

test.each<[string, number[], number[][]]>([
  ['nothing', [], []],
  ['fewer items than one window takes', [1, 1], [[1, 1]]],
  ['exactly as many', [1, 1, 1], [[1, 1, 1]]],
  [
    'more of them',
    [1, 1, 1, 1, 1],
    [
      [1, 1, 1],
      [1, 1],
    ],
  ],
  ['exactly as many bytes', [4, 6, 1], [[4, 6], [1]]],
  ['a byte less', [4, 5, 1], [[4, 5, 1]]],
  ['a last item that goes beyond', [9, 9, 1], [[9, 9], [1]]],
  ['an item that is larger than a window', [25, 1], [[25], [1]]],
  ['items of no bytes', [0, 0, 0, 0], [[0, 0, 0], [0]]],
])('%s', async (_name, items, expected) => {
  expect(await cut(items)).toEqual(expected);
});

test('a source is read no further than the window that is asked for', async () => {
  let read = 0;
  async function* endless() {
    for (;;) yield read++;
  }
  const all = windows(endless(), () => 0, LIMITS);
  expect((await all.next()).value).toEqual([0, 1, 2]);
  expect(read).toBe(3);
  await all.return(undefined);
});

test('what the source throws comes after the windows that are whole', async () => {
  async function* broken() {
    yield* [1, 1, 1, 1];
    throw new Error('torn');
  }
  const found: number[][] = [];
  const reading = (async () => {
    for await (const window of windows(broken(), (bytes) => bytes, LIMITS)) found.push(window);
  })();
  await expect(reading).rejects.toThrow('torn');
  expect(found).toEqual([[1, 1, 1]]);
});
