// Zero-shot classification by a model whose pictures and texts are single numbers, so that every score can be worked out by hand.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Tokenizer } from '../../../model/tokenizer/tokenizer.js';
import { type ClassificationOptions, evaluateClassification } from '../../../training/evaluation/classification.js';
import type { EncodedSet, RetrievalModel } from '../../../training/evaluation/retrieval-model.js';
import { temporaryFolder } from '../../fixtures/tiny-training.js';

let folder = '';
/** A grey picture of one pixel. */
const picture = async (grey: number): Promise<string> => {
  const file = join(folder, `${grey}.png`);
  await writeFile(
    file,
    await sharp(Buffer.of(grey, grey, grey), { raw: { width: 1, height: 1, channels: 3 } })
      .png()
      .toBuffer(),
  );
  return file;
};
beforeAll(async () => {
  folder = await temporaryFolder();
});

/** A text is its length; longer ones than `maxLength` are cut. */
const tokenizer = {
  special: { pad: 0 },
  encode: (text: string, maxLength: number) => {
    return { inputIds: [Math.min(maxLength, text.length)], truncated: text.length > maxLength };
  },
} as unknown as Tokenizer;

const set = (angles: number[]): EncodedSet => ({
  count: angles.length,
  embeddings: Float32Array.from(angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)])),
  // In hundredths: tokens are whole numbers of 16 bits.
  tokens: Uint16Array.from(angles, (angle) => Math.round(100 * angle)),
  rows: 1,
});
/** Pictures of grey g and texts of length n point to the angles g / 100 and n / 10; they match by how near these are. */
const model: RetrievalModel = {
  encodeImages: async (count, pixelsOf) =>
    set(await Promise.all(Array.from({ length: count }, async (_, i) => ((await pixelsOf(i))[0]! * 255) / 100))),
  encodeTexts: async (texts) => set(texts.map(({ inputIds }) => inputIds[0]! / 10)),
  match: async (images, texts, pairs) =>
    Float32Array.from(pairs, ([image, text]) => -(((images.tokens[image]! - texts.tokens[text]!) / 100) ** 2)),
  release: async () => undefined,
};

const OPTIONS: ClassificationOptions = {
  labels: ['x', 'yyyyyyyy', 'zzzzzzzzzzzzzzzz'],
  tokenizer,
  image: { size: 1, mean: [0, 0, 0], std: [1, 1, 1], resize: 'squash' },
  maxLength: 99,
  templates: ['{}'],
  method: 'itc',
};
const [X, Y, Z] = OPTIONS.labels as [string, string, string];

describe.each(['itc', 'itm'] as const)('by %s', (method) => {
  test('every picture is given the label whose text is nearest', async () => {
    const pictures = [
      { image: { file: await picture(10) }, label: X },
      { image: { file: await picture(90) }, label: Y },
      { image: { file: await picture(150) }, label: Y },
      { image: { file: await picture(20) }, label: Z },
    ];
    expect(await evaluateClassification(model, pictures, { ...OPTIONS, method })).toEqual({
      task: 'classify',
      images: 4,
      classes: 3,
      top1: 50,
      top5: 100,
      method,
    });
  });

  test('the sixth best label is not among the best five', async () => {
    const labels = [1, 2, 3, 4, 5, 6, 7].map((length) => 'x'.repeat(length));
    const pictures = [
      { image: { file: await picture(10) }, label: labels[4]! },
      { image: { file: await picture(10) }, label: labels[5]! },
    ];
    const result = await evaluateClassification(model, pictures, { ...OPTIONS, labels, method });
    expect(result).toMatchObject({ classes: 7, top1: 0, top5: 50 });
  });

  test('equal scores go to the label that is named first', async () => {
    const pictures = [{ image: { file: await picture(10) }, label: 'bb' }];
    const first = await evaluateClassification(model, pictures, { ...OPTIONS, labels: ['bb', 'aa'], method });
    const second = await evaluateClassification(model, pictures, { ...OPTIONS, labels: ['aa', 'bb'], method });
    expect([first.top1, second.top1]).toEqual([100, 0]);
  });

  test('prompts count together', async () => {
    // Alone `{}` says 1 and 8 letters, and 40 is nearer to the 8; with 9 more in the second template the mean is 5.5 and 12.5.
    const pictures = [{ image: { file: await picture(48) }, label: X }];
    const options = { ...OPTIONS, labels: [X, Y], method };
    const alone = await evaluateClassification(model, pictures, options);
    const together = await evaluateClassification(model, pictures, {
      ...options,
      templates: ['{}', `${'.'.repeat(9)}{}`],
    });
    expect([alone.top1, together.top1]).toEqual([0, 100]);
  });
});

describe('is refused', () => {
  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'without pictures',
      () => evaluateClassification(model, [], OPTIONS),
      /^pictures to classify: expected at least one, got none$/,
    ],
    [
      'for a label that is none',
      async () => evaluateClassification(model, [{ image: { file: await picture(1) }, label: 'w' }], OPTIONS),
      /^label of .*1\.png: expected one of those to choose from, got w$/,
    ],
    [
      'for a picture that is not there',
      () => evaluateClassification(model, [{ image: { file: 'none.png' }, label: X }], OPTIONS),
      /^picture none\.png: expected a readable file, got ENOENT$/,
    ],
    [
      'for a picture that is none',
      async () => {
        await writeFile(join(folder, 'text.png'), 'text');
        return evaluateClassification(model, [{ image: { file: join(folder, 'text.png') }, label: X }], OPTIONS);
      },
      /^picture .*text\.png: expected JPEG, PNG/,
    ],
  ])('%s', async (_, work, message) => {
    await expect(work()).rejects.toThrow(message);
  });
});
