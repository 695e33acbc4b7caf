import { describe, expect, test } from 'vitest';
import { fitPositions } from '../../../training/weights/fit-positions.js';

const table = (...shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((product, dim) => product * dim, 1) }, (_, i) => i),
});
const IMAGE = 'image_encoder.pos_embed';
const TEXT = 'text_encoder.position_embeddings.weight';

describe('positions', () => {
  test('of a grid become those of a finer one, [CLS] kept', () => {
    const fitted = fitPositions(IMAGE, table(1, 5, 2), [1, 10, 2], 'timm')!;
    expect(fitted.note).toBe('2x2 positions made 3x3 (timm)');
    expect(fitted.data).toHaveLength(20);
    expect([...fitted.data.subarray(0, 2)]).toEqual([0, 1]);
    // The middle of the finer grid lies in the middle of the four: their mean.
    expect(fitted.data[2 * 5]).toBeCloseTo((2 + 4 + 6 + 8) / 4, 5);
  });

  test('of longer texts are cut', () => {
    const { data, note } = fitPositions(TEXT, table(514, 2), [32, 2], 'pytorch')!;
    expect(data).toEqual(Float32Array.from({ length: 64 }, (_, i) => i));
    expect(note).toBe('the first 32 of 514 rows');
  });

  test('of shorter texts leave the rest as it is', () => {
    const { data, note } = fitPositions(TEXT, table(4, 2), [10, 2], 'pytorch')!;
    expect(data).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7));
    expect(note).toBe('the first 4 of 4 rows, the other 6 begin afresh');
  });

  test.each<[string, string, number[], number[]]>([
    ['another width', IMAGE, [1, 5, 2], [1, 10, 3]],
    ['two extra tokens, as the distilled DeiT', IMAGE, [1, 6, 2], [1, 10, 2]],
    ['no [CLS]', IMAGE, [1, 4, 2], [1, 10, 2]],
    ['[CLS] alone', IMAGE, [1, 1, 2], [1, 10, 2]],
    ['no batch', IMAGE, [5, 2], [1, 10, 2]],
    ['another width of text', TEXT, [4, 2], [4, 3]],
    ['other tables', 'text_encoder.word_embeddings.weight', [4, 2], [5, 2]],
  ])('are not made of %s', (_, name, shape, wanted) => {
    expect(fitPositions(name, table(...shape), wanted, 'pytorch')).toBeNull();
  });
});
