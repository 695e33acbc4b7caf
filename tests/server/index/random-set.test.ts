import { expect, test } from 'vitest';
import { createRng } from '../../../model/random.js';
import { RandomSet } from '../../../server/index/random-set.js';

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

test('holds what a set holds', () => {
  const random = createRng(3).next;
  const set = new RandomSet([5, 1, 5]);
  const mirror = new Set([5, 1]);
  for (let i = 0; i < 2000; i++) {
    const label = Math.floor(random() * 40);
    const choice = random();
    if (choice < 0.5) {
      set.add(label);
      mirror.add(label);
    } else if (choice < 0.9) {
      set.delete(label);
      mirror.delete(label);
    } else {
      const taken = set.take();
      expect(taken === undefined ? mirror.size === 0 : mirror.delete(taken)).toBe(true);
    }
    expect(set.size).toBe(mirror.size);
  }
  expect([...set].sort()).toEqual([...mirror].sort());
});

test('gives everything once, in an order that is neither its own nor another one every time', () => {
  const order = () => {
    const set = new RandomSet(range(200));
    return range(200).map(() => set.take()!);
  };
  expect(order()).toEqual(order());
  expect(order()).not.toEqual(range(200));
  expect(order().sort((a, b) => a - b)).toEqual(range(200));
  expect(new RandomSet([]).take()).toBeUndefined();
});
