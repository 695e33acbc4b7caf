import { describe, expect, test } from 'vitest';
import { planSamples, type Visit } from '../../../training/data/sample-plan.js';
import type { ItemSource } from '../../../training/data/training-item.js';

function source(name: string, pictures: number, texts: number, weight?: number): ItemSource {
  const items = Array.from({ length: pictures }, (_, index) => ({
    pictures: [{ image: { file: `${name}${index}` }, key: `${name}${index}` }],
    texts: Array.from({ length: texts }, (_, number) => `${name}${index}.${number}`),
    target: null,
  }));
  return { items, weight };
}

const open = (sources: ItemSource[], batchSize: number, visit: Visit = 'picture', seed = 1, textsPerPicture = 1) =>
  planSamples(sources, { seed, visit, batchSize, textsPerPicture });
const pictures = (plan: ReturnType<typeof open>, steps: number) =>
  Array.from({ length: steps }, (_, step) => plan.batch(step).map(({ item }) => item.pictures[0]!.key));
const texts = (plan: ReturnType<typeof open>, steps: number) =>
  Array.from({ length: steps }, (_, step) => plan.batch(step).map(({ item, textIndex }) => item.texts[textIndex]!));

describe('an epoch', () => {
  test('visits every picture once, in another order each time', () => {
    const row = pictures(open([source('a', 40, 3)], 8), 15).flat();
    for (const epoch of [0, 1, 2]) expect(new Set(row.slice(epoch * 40, epoch * 40 + 40)).size).toBe(40);
    expect(row.slice(0, 40)).not.toEqual(row.slice(40, 80));
  });

  test('or every caption once', () => {
    const plan = open([source('a', 10, 3), source('b', 5, 2)], 4, 'caption');
    expect(plan.samplesPerEpoch).toBe(40);
    expect(new Set(texts(plan, 10).flat()).size).toBe(40);
  });

  test('draws all captions of a picture in the long run', () => {
    const plan = open([source('a', 4, 5)], 4);
    expect(new Set(texts(plan, 40).flat()).size).toBe(20);
  });

  test('is counted from the first sample of a step', () => {
    const plan = open([source('a', 10, 1)], 4);
    expect([0, 1, 2, 3, 4, 5].map(plan.epochOf)).toEqual([0, 0, 0, 1, 1, 2]);
  });
});

describe('a batch', () => {
  test.each<[string, ItemSource[], number, Visit]>([
    ['across the end of an epoch', [source('a', 37, 2)], 8, 'picture'],
    ['of captions', [source('a', 37, 5)], 8, 'caption'],
    ['of two sources', [source('a', 20, 1), source('b', 33, 1)], 8, 'picture'],
    ['of a small source with a large weight', [source('a', 12, 1, 1), source('b', 100, 1, 2)], 8, 'picture'],
  ])('has no picture twice: %s', (_name, sources, batchSize, visit) => {
    for (const batch of pictures(open(sources, batchSize, visit), 60)) expect(new Set(batch).size).toBe(batchSize);
  });

  test('larger than the data repeats pictures', () => {
    expect(
      new Set(
        open([source('a', 3, 1)], 8)
          .batch(2)
          .map(({ item }) => item.pictures[0]!.key),
      ).size,
    ).toBe(3);
  });

  test.each<Visit>(['picture', 'caption'])('is a function of seed and step alone (%s)', (visit) => {
    const sources = [source('a', 37, 3), source('b', 11, 2)];
    const forward = texts(open(sources, 8, visit), 30);
    const plan = open(sources, 8, visit);
    for (const step of [29, 3, 17, 0, 18]) {
      expect(plan.batch(step).map(({ item, textIndex }) => item.texts[textIndex])).toEqual(forward[step]);
    }
    expect(texts(open(sources, 8, visit, 2), 30)).not.toEqual(forward);
  });
});

test('weights are shares of the samples', () => {
  const plan = open([source('a', 10, 1, 3), source('b', 90, 1, 1)], 10);
  expect(plan.samplesPerEpoch).toBe(100);
  const row = pictures(plan, 120).flat();
  expect(row.filter((name) => name.startsWith('a'))).toHaveLength(900);
  const counts = new Map<string, number>();
  for (const name of row) counts.set(name, (counts.get(name) ?? 0) + 1);
  expect([...counts].filter(([name]) => name.startsWith('a')).every(([, count]) => count === 90)).toBe(true);
});

test('no data is an error', () => {
  expect(() => open([source('a', 0, 0)], 4)).toThrow(
    'training data: expected at least one picture with a text, got none',
  );
});

describe('several texts of a picture', () => {
  /** As many questions, an item each, as `counts` says for each picture. */
  const questions = (...counts: number[]): ItemSource => ({
    items: counts.flatMap((count, picture) =>
      Array.from({ length: count }, (_, number) => ({
        pictures: [{ image: { file: `${picture}` }, key: `${picture}` }],
        texts: [`${picture}.${number}`],
        target: null,
      })),
    ),
    weight: undefined,
  });
  const keys = (plan: ReturnType<typeof open>, step: number) =>
    plan.batch(step).map(({ item }) => item.pictures[0]!.key);

  test.each<[string, ItemSource, Visit]>([
    ['questions', questions(...Array<number>(12).fill(4)), 'picture'],
    ['captions', source('a', 12, 4), 'caption'],
  ])('stand side by side, and an epoch visits each once: %s', (_name, data, visit) => {
    const plan = open([data], 8, visit, 1, 2);
    expect(plan.samplesPerEpoch).toBe(48);
    for (let step = 0; step < 12; step++) {
      const [a, b, c, d, e, f, g, h] = keys(plan, step);
      expect([a, c, e, g]).toEqual([b, d, f, h]);
      expect(new Set([a, c, e, g]).size).toBe(4);
    }
    for (const epoch of [0, 1])
      expect(
        new Set(
          texts(plan, 12)
            .slice(6 * epoch, 6 * epoch + 6)
            .flat(),
        ).size,
      ).toBe(48);
    expect(texts(plan, 12).slice(0, 6)).not.toEqual(texts(plan, 12).slice(6));
  });

  test('are filled up with those that the picture has: again where there are no others', () => {
    const plan = open([questions(3, 1, 2)], 2, 'picture', 1, 2);
    expect(plan.samplesPerEpoch).toBe(8);
    const seen = texts(plan, 4);
    expect(new Set(seen.flat()).size).toBe(6);
    expect(seen).toContainEqual(['1.0', '1.0']);
    for (const [one, other] of seen) expect(one!.split('.')[0]).toBe(other!.split('.')[0]);
  });

  test('are different ones where each picture is visited once', () => {
    const plan = open([source('a', 10, 5)], 10, 'picture', 1, 2);
    expect(plan.samplesPerEpoch).toBe(20);
    for (const batch of texts(plan, 4)) expect(new Set(batch).size).toBe(10);
  });

  test('do not mix what shares one picture of two', () => {
    const pair = (left: string, right: string, text: string) => ({
      pictures: [left, right].map((key) => ({ image: { file: key }, key })),
      texts: [text],
      target: null,
    });
    const items = [pair('a', 'b', '1'), pair('a', 'c', '2'), pair('a', 'b', '3'), pair('a', 'c', '4')];
    const plan = open([{ items, weight: undefined }], 2, 'picture', 1, 2);
    const batches = texts(plan, 2).map((batch) => batch.sort().join(''));
    expect(batches.sort()).toEqual(['13', '24']);
  });
});
