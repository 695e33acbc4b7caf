import { describe, expect, test } from 'vitest';
import { gridOf, imageTokenCount, presets, resolveModelConfig } from '../../../model/maskvlm/config.js';

describe('a model size', () => {
  test('is a preset, tiny unless said otherwise', () => {
    expect(resolveModelConfig('base')).toEqual(presets.base);
    expect(resolveModelConfig({})).toEqual(presets.tiny);
  });

  test('takes overrides, inner ones beside what the preset says', () => {
    const config = resolveModelConfig({ preset: 'base', crossDepth: 1, image: { size: 384 } });
    expect(config).toEqual({ ...presets.base, crossDepth: 1, image: { size: 384, patch: 16, depth: 12 } });
    expect(presets.base.image.size).toBe(224);
  });

  test('the paper cuts 224 pixels into 14 x 14 patches of 16', () => {
    expect([gridOf(presets.base), imageTokenCount(presets.base)]).toEqual([14, 197]);
  });

  test.each<[string, Parameters<typeof resolveModelConfig>[0], string]>([
    ['an unknown preset', 'huge', 'model.preset: expected one of tiny, base, got huge'],
    ['a name that every object has', 'toString', 'model.preset: expected one of tiny, base, got toString'],
    [
      'an unknown key',
      { depth: 3 },
      'model: expected one of width, heads, mlpRatio, embedding, image, text, crossDepth, decoderDepth, got depth',
    ],
    ['an unknown inner key', { image: { sise: 64 } }, 'model.image: expected one of size, patch, depth, got sise'],
    ['a text for a number', { width: '96' }, 'model.width: expected a whole number of at least 1, got "96"'],
    ['a fraction', { mlpRatio: 2.5 }, 'model.mlpRatio: expected a whole number of at least 1, got 2.5'],
    ['nothing left', { text: { depth: 0 } }, 'model.text.depth: expected a whole number of at least 1, got 0'],
    [
      'a number for a mapping',
      { image: 64 },
      'model.image: expected a mapping with keys out of size, patch, depth, got 64',
    ],
    [
      'heads that do not divide the width',
      { width: 100, heads: 8 },
      'model.width: expected a multiple of heads (8), got 100',
    ],
    [
      'patches that do not fill the picture',
      { image: { size: 100, patch: 16 } },
      'model.image.size: expected a multiple of patch (16), got 100',
    ],
  ])('%s is refused by name', (_, model, message) => {
    expect(() => resolveModelConfig(model)).toThrow(message);
  });
});
