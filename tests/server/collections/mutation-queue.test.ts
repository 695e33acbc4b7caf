import { describe, expect, test } from 'vitest';
import { MutationQueue } from '../../../server/collections/mutation-queue.js';
import type { Mutation } from '../../../server/collections/plan-changes.js';

const remove = (id: string): Mutation => ({ type: 'delete', id });
const puts = (count: number): Mutation => ({ type: 'put', items: Array.from({ length: count }, () => ({ id: 'x' })) });

/** A queue that notes the sizes of its groups and answers with the ids. */
function noting() {
  const groups: number[] = [];
  const queue = new MutationQueue<string>(async (mutations) => {
    groups.push(mutations.length);
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (mutations.some((mutation) => mutation.type === 'delete' && mutation.id === 'bad')) throw new Error('bad');
    return mutations.map((mutation) => (mutation.type === 'delete' ? mutation.id : 'put'));
  });
  return { groups, queue };
}

describe('mutation queue', () => {
  test('goes on where each mutation waits for the one before', async () => {
    const { groups, queue } = noting();
    for (let i = 0; i < 50; i++) expect(await queue.add(remove(`${i}`))).toBe(`${i}`);
    expect(groups).toEqual(Array(50).fill(1));
    await queue.idle();
  });

  test('writes together what waits together, in order and in groups of bounded size', async () => {
    const { groups, queue } = noting();
    const ids = Array.from({ length: 600 }, (_, i) => `${i}`);
    expect(await Promise.all(ids.map((id) => queue.add(remove(id))))).toEqual(ids);
    expect(groups).toEqual([256, 256, 88]);
    groups.length = 0;
    await Promise.all([puts(600), puts(400), puts(1), puts(5_000), puts(2)].map((put) => queue.add(put)));
    expect(groups).toEqual([2, 1, 1, 1]);
  });

  test('fails a group that can not be written and goes on with the next', async () => {
    const { queue } = noting();
    const first = [queue.add(remove('a')), queue.add(remove('bad'))];
    expect((await Promise.allSettled(first)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await queue.add(remove('b'))).toBe('b');
  });
});
