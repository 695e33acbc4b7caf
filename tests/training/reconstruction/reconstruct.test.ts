import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BundleRole } from '../../../model/bundle/bundle-role.js';
import { constantParameters, type GraphRole, inferenceGraph } from '../../../model/maskvlm/inference-graphs.js';
import {
  type ReconstructionRole,
  reconstructionGraph,
  reconstructionRoles,
} from '../../../model/maskvlm/reconstruction-graphs.js';
import { createRng } from '../../../model/random.js';
import type { Tokenizer } from '../../../model/tokenizer/tokenizer.js';
import { openRetrievalModel, type RetrievalModel } from '../../../training/evaluation/retrieval-model.js';
import { type Pair, reconstructPairs } from '../../../training/reconstruction/reconstruct.js';
import { besideEachOther, reconstructionRasters } from '../../../training/reconstruction/reconstruction-rasters.js';
import { openRestorer, type Restorer } from '../../../training/reconstruction/restorer.js';
import { parameterMap } from '../../../training/run/parameter-map.js';
import { layoutOf, SMALL, trainedParameters } from '../../fixtures/small-pretraining.js';

let model: RetrievalModel;
let restorer: Restorer;
beforeAll(async () => {
  const layout = layoutOf(SMALL);
  const source = constantParameters(parameterMap(trainedParameters(layout), layout));
  const graph = (role: BundleRole) =>
    reconstructionRoles.includes(role as ReconstructionRole)
      ? reconstructionGraph(role as ReconstructionRole, SMALL, source)
      : inferenceGraph(role as GraphRole, SMALL, source);
  model = await openRetrievalModel({ graph, config: SMALL }, { threads: 1 });
  restorer = await openRestorer({ graph }, { threads: 1 });
});
afterAll(() => Promise.all([model.release(), restorer.release()]));

/** Every letter is a token. */
const tokenizer = {
  special: { start: 0, pad: 1, end: 2, unknown: 3, mask: 4 },
  encode: (text: string, maxLength: number) => {
    const ids = [...text].map((letter) => 5 + (letter.charCodeAt(0) % 25)).slice(0, maxLength - 2);
    return { inputIds: [0, ...ids, 2], truncated: text.length > ids.length };
  },
  tokenText: (id: number) => ` t${id}`,
} as unknown as Tokenizer;

const pairOf = (seed: number, text: string): Pair => {
  const rng = createRng('picture', seed);
  return { text, pixels: Float32Array.from({ length: 3 * 12 * 12 }, () => rng.normal()) };
};
const PAIRS = [pairOf(1, 'abcdef'), pairOf(2, 'xy')];
const OPTIONS = {
  config: SMALL,
  tokenizer,
  maxLength: 8,
  masking: { image: { ratio: 0.5, unit: 1 }, text: { ratio: 0.5 } },
  seed: 1,
};
const reconstruct = (pairs = PAIRS, options: Partial<typeof OPTIONS> = {}) =>
  reconstructPairs(model, restorer, pairs, { ...OPTIONS, ...options });

describe('a reconstruction', () => {
  test('guesses at masked tokens and leaves the others, special ones out', async () => {
    const [first, second] = await reconstruct();
    expect([first!.tokens.length, second!.tokens.length]).toEqual([6, 2]);
    const all = [...first!.tokens, ...second!.tokens];
    expect(all.some(({ masked }) => masked)).toBe(true);
    for (const { masked, withPicture, withMaskedPicture } of all) {
      for (const guesses of [withPicture, withMaskedPicture]) {
        expect(guesses).toHaveLength(masked ? 5 : 0);
        const scores = guesses.map(({ score }) => score);
        expect(scores).toEqual([...scores].sort((a, b) => b - a));
        expect(scores.reduce((sum, score) => sum + score, 0)).toBeLessThanOrEqual(1.000001);
      }
    }
  });

  test('changes masked patches and no other', async () => {
    const [{ pixels, restored, imageMask }] = (await reconstruct()) as [Awaited<ReturnType<typeof reconstruct>>[0]];
    expect(imageMask.reduce((sum, flag) => sum + flag, 0)).toBe(5);
    const same = Array.from(pixels, (value, i) => value === restored[i]);
    const expected = Array.from(pixels, (_, i) => {
      const patch = Math.floor(Math.floor((i % 144) / 12) / 4) * 3 + Math.floor((i % 12) / 4);
      return imageMask[patch] === 0;
    });
    expect(same).toEqual(expected);
  });

  test('is the same for the same seed and another for another', async () => {
    const masks = async (seed: number) =>
      (await reconstruct(PAIRS, { seed })).map(({ imageMask, tokens }) => [
        [...imageMask],
        tokens.map(({ masked }) => masked),
      ]);
    expect(await masks(1)).toEqual(await masks(1));
    expect(await masks(2)).not.toEqual(await masks(1));
  });

  test('of a pair does not depend on the pairs beside it', async () => {
    const [alone] = await reconstruct(PAIRS.slice(0, 1));
    const [among] = await reconstruct();
    expect(among!.tokens.map(({ masked }) => masked)).toEqual(alone!.tokens.map(({ masked }) => masked));
    for (const [i, value] of alone!.restored.entries()) expect(among!.restored[i]).toBeCloseTo(value, 4);
  });

  test('guesses otherwise from a masked picture, as long as any of it is masked', async () => {
    const hidden = { image: { ratio: 1, unit: 1 }, text: { ratio: 1 } };
    const [all] = await reconstruct(PAIRS, { masking: hidden });
    expect(all!.tokens.map((token) => token.withMaskedPicture)).not.toEqual(
      all!.tokens.map((token) => token.withPicture),
    );
    const [none] = await reconstruct(PAIRS, { masking: { ...hidden, image: { ratio: 0, unit: 1 } } });
    expect(none!.tokens.map((token) => token.withMaskedPicture)).toEqual(
      none!.tokens.map((token) => token.withPicture),
    );
    expect([...none!.restored]).toEqual([...none!.pixels]);
  });

  test('says when the text was cut', async () => {
    const [cut] = await reconstruct([pairOf(1, 'abcdefgh')]);
    expect([cut!.truncated, cut!.tokens.length]).toEqual([true, 6]);
  });
});

describe('its pictures', () => {
  const settings = { size: 12, mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2], resize: 'squash' } as const;
  test('are grey where they are masked', async () => {
    const [one] = await reconstruct();
    const { original, masked, restored } = reconstructionRasters(one!, SMALL, {
      ...settings,
      mean: [...settings.mean],
      std: [...settings.std],
    });
    for (const { width, height, data } of [original, masked, restored])
      expect([width, height, data.length]).toEqual([12, 12, 432]);
    const greys = masked.data.filter((_, i) => i % 3 === 0 && masked.data[i] === 128);
    expect(greys.length).toBeGreaterThanOrEqual(5 * 16);
  });

  test('stand side by side', () => {
    const flat = (width: number, value: number) => ({ width, height: 2, data: new Uint8Array(6 * width).fill(value) });
    const { width, height, data } = besideEachOther([flat(1, 7), flat(2, 9)], 1);
    expect([width, height]).toEqual([4, 2]);
    expect([...data.filter((_, i) => i % 3 === 0)]).toEqual([7, 255, 9, 9, 7, 255, 9, 9]);
  });
});
