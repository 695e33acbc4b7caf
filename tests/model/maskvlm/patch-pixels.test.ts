import { describe, expect, test } from 'vitest';
import { greyPatches, MASKED_PIXEL, maskPixels, pastePatches } from '../../../model/maskvlm/patch-pixels.js';

// Two by two patches of two by two pixels: pixel (channel, y, x) is 100 channel + 10 y + x.
const PIXELS = Float32Array.from(
  { length: 48 },
  (_, i) => 100 * Math.floor(i / 16) + 10 * (Math.floor(i / 4) % 4) + (i % 4),
);
const M = MASKED_PIXEL;

describe('masking', () => {
  test('marks the pixels of masked patches in every channel and leaves the picture itself alone', () => {
    const before = [...PIXELS];
    expect([...maskPixels(PIXELS, [0, 1, 1, 0], 2)].slice(0, 16)).toEqual([
      ...[0, 1, M, M, 10, 11, M, M],
      ...[M, M, 22, 23, M, M, 32, 33],
    ]);
    expect([...maskPixels(PIXELS, [0, 0, 1, 0], 2)].slice(40)).toEqual([M, M, 222, 223, M, M, 232, 233]);
    expect([...PIXELS]).toEqual(before);
  });

  test('is below every colour that a recipe may normalise to', () => {
    expect(MASKED_PIXEL / 2).toBeLessThan((0 - 1) / 0.001);
  });

  test('is grey for people', () => {
    const settings = { mean: [0.5, 0.25, 1], std: [0.5, 0.25, 0.5] } as const;
    const grey = greyPatches(PIXELS, [1, 0, 0, 0], 2, { mean: [...settings.mean], std: [...settings.std] });
    expect([grey[0], grey[16], grey[32], grey[2]]).toEqual([0, 1, -1, 2]);
  });
});

describe('pasting', () => {
  test('puts the masked patches back where they were', () => {
    // Patch 1 in the layout of patchify: channels, then rows, then columns.
    const patches = new Float32Array(48).fill(-1);
    patches.set([2, 3, 12, 13, 102, 103, 112, 113, 202, 203, 212, 213], 12);
    const restored = pastePatches(maskPixels(PIXELS, [0, 1, 0, 0], 2), patches, [0, 1, 0, 0], 2);
    expect([...restored]).toEqual([...PIXELS]);
  });
});

describe('sizes that do not fit are refused', () => {
  test.each<[string, () => unknown, string]>([
    ['a mask of another grid', () => maskPixels(PIXELS, [1], 2), 'image mask: expected 4 values, one a patch, got 1'],
    [
      'a patch that does not fill the picture',
      () => maskPixels(PIXELS, [1], 3),
      'picture: expected [3,S,S], S a multiple of 3, got 48 values',
    ],
    [
      'patches of another picture',
      () => pastePatches(PIXELS, new Float32Array(12), [0, 0, 0, 0], 2),
      'patches: expected 48 values, as many as pixels, got 12',
    ],
  ])('%s', (_, work, message) => {
    expect(work).toThrow(message);
  });
});
