import { expect, test } from 'vitest';
import { listNames } from '../../../training/run/list-names.js';

test.each<[string, string[], string]>([
  ['nothing', [], ''],
  ['names without blocks', ['temperature', 'itm_head.bias'], 'temperature, itm_head.bias'],
  ['one block', ['a.blocks.3.norm1.bias'], 'a.blocks.3.norm1.bias'],
  ['many blocks', [0, 1, 2, 10, 11].map((i) => `a.blocks.${i}.mlp`), 'a.blocks.{0-2,10-11}.mlp'],
  ['blocks in any order', [5, 0, 3].map((i) => `a.${i}.b`), 'a.{0,3,5}.b'],
  ['both', ['x', 'a.0.b', 'a.0.c', 'a.1.b', 'y'], 'x, a.{0-1}.b, a.0.c, y'],
])('%s', (_, names, text) => {
  expect(listNames(names)).toBe(text);
});
