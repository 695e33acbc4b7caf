import { describe, expect, test } from 'vitest';
import { createRng } from '../../../../model/random.js';
import { describeCloseUp, describeInFull } from '../../../../training/data/scenes/descriptions.js';
import { objectOf, sceneOf } from './test-scenes.js';

describe('describeInFull', () => {
  test('names every object in full, from left to right and from front to back', () => {
    const scene = sceneOf(
      objectOf('small red metal cube', 1.5, 1),
      objectOf('large blue rubber cone', -1.5, -0.5),
      objectOf('small orange metal sphere', 0, -2),
    );
    expect(describeInFull(scene)).toEqual([
      'from left to right: a large blue rubber cone, a small orange metal sphere, a small red metal cube',
      'from front to back: a small orange metal sphere, a large blue rubber cone, a small red metal cube',
    ]);
  });

  test.each<[string, [number, number], RegExp]>([
    ['nearly as far to the left', [0.3, 2], /^from front to back: /],
    ['nearly as near', [2, 0.3], /^from left to right: /],
  ])('leaves out the order in which one stands %s', (_name, [x, y], kept) => {
    const texts = describeInFull(sceneOf(objectOf('small red metal cube'), objectOf('large blue rubber cone', x, y)));
    expect(texts).toEqual([expect.stringMatching(kept)]);
  });

  test('has nothing to say where no order is clear', () => {
    expect(
      describeInFull(sceneOf(objectOf('small red metal cube'), objectOf('large blue rubber cone', 0.2, 0.2))),
    ).toEqual([]);
  });
});

describe('describeCloseUp', () => {
  const texts = (words: string) => describeCloseUp(sceneOf(objectOf(words)), createRng('test', words));

  test.each([
    ['small red metal cube', 'a red metal cube', /^a (shiny red|red metal|red metallic) (cube|block)$/],
    ['large orange rubber sphere', 'an orange rubber sphere', /^(a matte orange|an orange rubber) (sphere|ball)$/],
  ])('%s: in plain words, then as captions might, and never with its size', (words, plain, other) => {
    const [first, ...others] = texts(words);
    expect(first).toBe(plain);
    expect(others).toHaveLength(3);
    for (const text of others) expect(text).toMatch(other);
  });
});
