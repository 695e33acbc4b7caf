import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import type { Tokenizer } from '../../../model/tokenizer/tokenizer.js';
import type { PairRecord } from '../../../training/data/records.js';
import type { EncodedSet, RetrievalModel } from '../../../training/evaluation/retrieval-model.js';
import { retrievalSamples, type SampleOptions } from '../../../training/report/retrieval-samples.js';
import { sampleCards } from '../../../training/report/sample-cards.js';
import { temporaryFolder } from '../../fixtures/tiny-training.js';

const COLOURS = ['red', 'lime', 'blue', 'white', 'black', 'gold', 'cyan'];
let records: PairRecord[] = [];
beforeAll(async () => {
  const folder = await temporaryFolder();
  records = await Promise.all(
    COLOURS.map(async (background, i) => {
      const imageFile = join(folder, `${background}.png`);
      await sharp({ create: { width: 8, height: 8, channels: 3, background } })
        .png()
        .toFile(imageFile);
      return {
        image: { file: imageFile },
        imageKey: imageFile,
        texts: i < 2 ? ['warm & <bright>'] : [`all ${background}`],
      };
    }),
  );
});

const tokenizer = {
  encode: (text: string) => ({ inputIds: [0, text.length, 2], truncated: false }),
  special: { start: 0, pad: 1, end: 2, unknown: 3, mask: 4 },
} as unknown as Tokenizer;

/** Pictures lie 0.1 pi apart on a circle, each text 0.02 pi after the picture of its number; ITM says what `logit` says. */
const played = (logit: (image: number, text: number) => number): RetrievalModel => {
  const set = (count: number, offset: number): EncodedSet => {
    const embeddings = Float32Array.from({ length: 2 * count }, (_, i) => {
      const angle = ((i >> 1) / 10 + offset) * Math.PI;
      return i % 2 ? Math.sin(angle) : Math.cos(angle);
    });
    return { count, embeddings, tokens: new Uint16Array(0), rows: 0 };
  };
  return {
    encodeImages: async (count) => set(count, 0),
    encodeTexts: async (texts) => set(texts.length, 0.02),
    match: async (_images, _texts, pairs) => Float32Array.from(pairs, ([image, text]) => logit(image, text)),
    release: async () => undefined,
  };
};
const settings: Omit<SampleOptions, 'candidates'> = {
  tokenizer,
  image: { size: 8, mean: [0, 0, 0], std: [1, 1, 1], resize: 'squash' },
  maxLength: 8,
  textQueries: 2,
  imageQueries: 1,
};

test('candidates of ITC are ordered by ITM, and every picture with the text is right', async () => {
  const model = played((image) => (image === 1 ? 2 : -image));
  const { texts, textToImage } = await retrievalSamples(model, records, { ...settings, candidates: 3 });
  expect(texts).toHaveLength(6);
  const [first] = textToImage;
  expect(texts[first!.query]).toBe('warm & <bright>');
  expect(first!.hits.map(({ index, right }) => [index, right])).toEqual([
    [1, true],
    [0, true],
    [2, false],
  ]);
  expect(first!.hits[0]!.itm).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
  expect(first!.hits[1]!.itc).toBeCloseTo(Math.cos(0.02 * Math.PI), 6);
  expect(first!.rank).toBe(1);
});

test('what ITM does not see keeps its place behind', async () => {
  const model = played((image, text) => (image === text + 1 ? -9 : image));
  const { textToImage } = await retrievalSamples(model, records, { ...settings, candidates: 2 });
  const last = textToImage[1]!;
  expect(last.hits).toHaveLength(2);
  expect(last.rank).toBe(2);
});

test('cards show pictures and scores, mark what is right and escape texts', async () => {
  const samples = await retrievalSamples(
    played((image) => image),
    records,
    { ...settings, candidates: 6 },
  );
  const { text } = await sampleCards(samples, 6);
  expect(text).toContain('&#8220;warm &amp; &lt;bright&gt;&#8221;');
  expect(text).not.toContain('<bright>');
  expect(text).toMatch(/<li class="right"><img src="data:image\/jpeg;base64,[A-Za-z0-9+/=]+"/);
  expect(text).toContain('&#10003;');
});

test('cards say where the right one is when it is not shown', async () => {
  const samples = await retrievalSamples(
    played((image) => image),
    records,
    { ...settings, candidates: 7 },
  );
  const { text } = await sampleCards(samples, 7);
  expect(text).toContain('The first right one is at rank 6.');
});

test('a picture that does not decode is refused by the name of what is wrong', async () => {
  const broken = [{ ...records[0]!, image: { file: join(records[0]!.image.file, '..', 'none.png') } }];
  await expect(
    retrievalSamples(
      played(() => 0),
      broken,
      { ...settings, candidates: 1 },
    ),
  ).resolves.toBeDefined();
  const samples = await retrievalSamples(
    played(() => 0),
    broken,
    { ...settings, candidates: 1 },
  );
  await expect(sampleCards(samples, 1)).rejects.toThrow('none.png');
});
