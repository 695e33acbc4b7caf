import { expect, test } from 'vitest';
import { createRng } from '../../../model/random.js';
import { allowedOrientations, drawOrientation } from '../../../training/data/orientation.js';

test.each([
  ['a dog on a sofa', 'none', 1],
  ['a dog on a sofa', 'horizontal', 2],
  ['a dog to the LEFT of a cat', 'horizontal', 1],
  ['the rightmost car', 'horizontal', 1],
  ['a bright copyright sign', 'horizontal', 2],
  ['a lamp above the table', 'horizontal', 2],
  ['some tennis courts', 'dihedral', 8],
  ['a road on the left', 'dihedral', 2],
  ['trees at the top', 'dihedral', 2],
  ['trees in the upper right corner', 'dihedral', 1],
] as const)('%s, %s: %i orientations', (text, rule, count) => {
  expect(allowedOrientations(text, rule)).toHaveLength(count);
});

test('a text of left and right still allows a mirroring across the horizontal', () => {
  const allowed = allowedOrientations('a road on the left', 'dihedral');
  expect(allowed.every(({ transpose, mirrorX }) => !transpose && !mirrorX)).toBe(true);
});

test('all eight are drawn', () => {
  const rng = createRng(1);
  const drawn = new Set(Array.from({ length: 200 }, () => JSON.stringify(drawOrientation('a field', 'dihedral', rng))));
  expect(drawn.size).toBe(8);
});
