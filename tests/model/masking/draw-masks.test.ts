import { describe, expect, test } from 'vitest';
import { drawImageMask, drawTextMask } from '../../../model/masking/draw-masks.js';

const config = { image: { size: 32, patch: 4, depth: 1 } };
const special = { start: 0, pad: 1, end: 2, unknown: 3, mask: 4 };
const IDS = [0, ...Array.from({ length: 20 }, (_, i) => 10 + i), 2];
const image = (ratio: number, seed: number, index?: number) => [
  ...drawImageMask(config, { ratio, unit: 2 }, { seed, index }),
];
const text = (ratio: number, seed: number, index?: number) => [...drawTextMask(IDS, special, ratio, { seed, index })];

describe('the masks of a reconstruction', () => {
  test('are the same for the same seed and pair, and others for others', () => {
    for (const draw of [image, text]) {
      expect(draw(0.5, 1)).toEqual(draw(0.5, 1));
      expect(draw(0.5, 1)).toEqual(draw(0.5, 1, 0));
      expect(draw(0.5, 2)).not.toEqual(draw(0.5, 1));
      expect(draw(0.5, 1, 1)).not.toEqual(draw(0.5, 1));
    }
  });

  test('hide the share that is asked for', () => {
    expect(image(0.5, 1).filter(Boolean)).toHaveLength(32);
    expect(text(1, 1)).toEqual([0, ...Array(20).fill(1), 0]);
  });

  test('hide nothing with a ratio of 0', () => {
    expect(image(0, 1)).toEqual(Array(64).fill(0));
    expect(text(0, 1)).toEqual(Array(22).fill(0));
  });
});
