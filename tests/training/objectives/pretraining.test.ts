// The four losses together: what each needs, sees and leaves alone.
import { afterAll, describe, expect, test } from 'vitest';
import type { Graph } from '../../../model/graph/graph.js';
import { resolveModelConfig } from '../../../model/maskvlm/config.js';
import { type HostTensor, openSession, type Session } from '../../../model/onnx/session.js';
import { LOSSES, type Loss, type PretrainingSettings, pretraining } from '../../../training/objectives/pretraining.js';
import { gradientGraph } from '../../../training/step/training-graph.js';
import { float32, int64, numbersOf, runGraph } from '../../fixtures/run-graph.js';
import {
  feedsOf,
  layoutOf,
  lossGraph,
  SETTINGS,
  SMALL,
  smallBatch,
  trainedParameters,
} from '../../fixtures/small-pretraining.js';

const CONFIG = resolveModelConfig({
  ...SMALL,
  image: { ...SMALL.image, depth: 1 },
  text: { ...SMALL.text, depth: 1 },
  decoderDepth: 1,
});
const layout = layoutOf(CONFIG);
const parameters = float32([layout.size], trainedParameters(layout));
const BATCH = smallBatch(CONFIG, SETTINGS);
const only = (...losses: Loss[]) =>
  Object.fromEntries(LOSSES.map((loss) => [loss, losses.includes(loss)])) as Record<Loss, boolean>;
const without = (loss: Loss) => ({ ...SETTINGS.losses, [loss]: false });

/** Loading takes longer than running: each graph is loaded once. */
const loaded = new Map<string, Promise<{ graph: Graph; session: Session }>>();
afterAll(async () => {
  for (const one of loaded.values()) await (await one).session.release();
});

async function run(settings: Partial<PretrainingSettings> = {}, batch: Record<string, HostTensor> = {}) {
  const key = JSON.stringify(settings);
  const load = async () => {
    const graph = lossGraph(layout, (root) => pretraining(root, CONFIG, { ...SETTINGS, ...settings }));
    return { graph, session: await openSession(graph, { threads: 1 }) };
  };
  if (!loaded.has(key)) loaded.set(key, load());
  const { graph, session } = await loaded.get(key)!;
  return session.run(feedsOf(graph, { ...BATCH, ...batch, parameters }));
}

const runGradients = (settings: PretrainingSettings, batch: Record<string, HostTensor>) => {
  const graph = gradientGraph(layout, (root) => pretraining(root, CONFIG, settings));
  return runGraph(graph, feedsOf(graph, { ...batch, parameters }));
};

async function lossesOf(settings: Partial<PretrainingSettings>, batch: Record<string, HostTensor> = {}) {
  const entries = Object.entries(await run(settings, batch)).filter(([name]) => name.startsWith('loss.'));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(5), numbersOf(value)[0]!]));
}

describe('a loss that is switched off', () => {
  const INPUTS: Record<Loss, string[]> = {
    itc: ['itc_targets'],
    itm: ['negative_image', 'negative_text'],
    mlm: ['text_mask'],
    mim: ['image_mask'],
  };
  const inputsOf = (losses: Record<Loss, boolean>) =>
    lossGraph(layout, (root) => pretraining(root, CONFIG, { ...SETTINGS, losses })).inputs.map(({ name }) => name);

  test.each(LOSSES)('%s needs no inputs and changes no other loss', async (loss) => {
    const all = inputsOf(SETTINGS.losses);
    expect(inputsOf(without(loss)).sort()).toEqual(all.filter((name) => !INPUTS[loss].includes(name)).sort());
    const { [loss]: gone, ...rest } = await lossesOf({});
    expect(gone).toBeTypeOf('number');
    const left = await lossesOf({ losses: without(loss) });
    expect(Object.keys(left)).toEqual(Object.keys(rest));
    for (const [name, value] of Object.entries(left)) expect(value).toBeCloseTo(rest[name]!, 5);
  });

  test.each(LOSSES)('leaves %s alone what it is with all', async (loss) => {
    const alone = await lossesOf({ losses: only(loss) });
    expect(Object.keys(alone)).toEqual([loss]);
    expect(alone[loss]).toBeCloseTo((await lossesOf({}))[loss]!, 5);
  });

  test('drawn negatives need noise and what is allowed instead', () => {
    const settings: PretrainingSettings = { ...SETTINGS, negatives: 'sampled' };
    const names = lossGraph(layout, (root) => pretraining(root, CONFIG, settings)).inputs.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['negative_allowed', 'gumbel_image', 'gumbel_text']));
    expect(names).not.toContain('negative_image');
  });
});

describe('image-text matching', () => {
  const B = SETTINGS.batch;
  /** Mean of -log softmax(logits)[label] over rows of two. */
  const crossEntropy = (logits: number[], labels: number[]) =>
    labels.reduce(
      (sum, label, i) => sum + Math.log(1 + Math.exp(logits[2 * i + 1 - label]! - logits[2 * i + label]!)),
      0,
    ) / labels.length;

  test('labels the B pairs 1 and the 2 B with a negative 0', async () => {
    const out = await run();
    const labels = [...Array(B).fill(1), ...Array(2 * B).fill(0)];
    expect(numbersOf(out['loss.itm'])[0]).toBeCloseTo(crossEntropy(numbersOf(out.itm_logits), labels), 5);
  });

  test('takes first each text with its negative image, then each image with its negative text', async () => {
    const logits = async (change: Record<string, HostTensor>) => numbersOf((await run({}, change)).itm_logits);
    const rowsThatDiffer = (a: number[], b: number[]) =>
      Array.from({ length: 3 * B }, (_, i) => i).filter((i) => Math.abs(a[2 * i]! - b[2 * i]!) > 1e-4);
    const before = await logits({});
    expect(rowsThatDiffer(before, await logits({ negative_image: int64([B], [1, 0, 0]) }))).toEqual([B + 1]);
    expect(rowsThatDiffer(before, await logits({ negative_text: int64([B], [2, 0, 0]) }))).toEqual([2 * B + 2]);
    // A negative that is the pair's own is the pair.
    const own = await logits({ negative_image: int64([B], [0, 1, 2]), negative_text: int64([B], [0, 1, 2]) });
    for (let i = 0; i < 2 * B; i++) {
      expect(own[2 * B + i]).toBeCloseTo(own[i]!, 5);
      expect(own[4 * B + i]).toBeCloseTo(own[i]!, 5);
    }
  });

  test('drawn negatives are those that the similarities and the noise say', async () => {
    const sampled = await run({ negatives: 'sampled' });
    const scores = numbersOf(sampled.similarity);
    const best = (score: (other: number) => number, self: number) =>
      [0, 1, 2].filter((other) => other !== self).sort((a, b) => score(b) - score(a))[0]!;
    const noise = (name: 'gumbel_image' | 'gumbel_text', at: number) => numbersOf(BATCH[name])[at]!;
    const images = [0, 1, 2].map((text) =>
      best((image) => scores[image * B + text]! + noise('gumbel_image', text * B + image), text),
    );
    const texts = [0, 1, 2].map((image) =>
      best((text) => scores[image * B + text]! + noise('gumbel_text', image * B + text), image),
    );
    const given = await run(
      {},
      {
        negative_image: int64([B], images),
        negative_text: int64([B], texts),
      },
    );
    expect(numbersOf(given.itm_logits).map((x, i) => Math.abs(x - numbersOf(sampled.itm_logits)[i]!) < 1e-5)).toEqual(
      Array(6 * B).fill(true),
    );
  });
});

describe('a batch of one', () => {
  test('has finite losses and gradients', async () => {
    const settings = { ...SETTINGS, batch: 1, negatives: 'sampled' as const };
    const out = await runGradients(settings, smallBatch(CONFIG, settings));
    expect(numbersOf(out['loss.itc'])[0]).toBeCloseTo(0, 9);
    // No negative exists: only the pair itself counts.
    const [no, yes] = numbersOf(out.itm_logits) as [number, number];
    expect(numbersOf(out['loss.itm'])[0]).toBeCloseTo(Math.log(1 + Math.exp(no - yes)), 5);
    for (const [name, value] of Object.entries(out)) expect(numbersOf(value).every(Number.isFinite), name).toBe(true);
  });
});

describe('what is masked', () => {
  const other = smallBatch(CONFIG, SETTINGS, 2);
  const seen = async (settings: Partial<PretrainingSettings>, input: 'image_mask' | 'text_mask') => {
    const [before, after] = [await lossesOf(settings), await lossesOf(settings, { [input]: other[input] })];
    return LOSSES.filter((loss) => Math.abs(before[loss]! - after[loss]!) > 1e-5);
  };

  test('one modality at a time: the other is whole', async () => {
    expect(await seen({ strategy: 'one' }, 'image_mask')).toEqual(['mim']);
    expect(await seen({ strategy: 'one' }, 'text_mask')).toEqual(['mlm']);
  });

  test('both at once: each is restored from what is left of the other', async () => {
    expect(await seen({ strategy: 'both' }, 'image_mask')).toEqual(['mlm', 'mim']);
    expect(await seen({ strategy: 'both' }, 'text_mask')).toEqual(['mlm', 'mim']);
  });

  test('both at once changes the two masked losses alone', async () => {
    const [one, both] = [await lossesOf({ strategy: 'one' }), await lossesOf({ strategy: 'both' })];
    expect(LOSSES.filter((loss) => Math.abs(one[loss]! - both[loss]!) > 1e-5)).toEqual(['mlm', 'mim']);
  });

  test.each(['mlm', 'mim'] as const)('both at once is one at a time where only %s masks', async (loss) => {
    const losses = only('itc', 'itm', loss);
    const [one, both] = [await lossesOf({ losses, strategy: 'one' }), await lossesOf({ losses, strategy: 'both' })];
    expect(both[loss]).toBeCloseTo(one[loss]!, 5);
  });

  test('leaves no trace of the words it hides', async () => {
    const B = SETTINGS.batch;
    const ids = [0, 1, 2].flatMap((row) => [0, 10 + row, 20, 21, 22, 2]);
    const batch = {
      ...BATCH,
      input_ids: int64([B, 6], ids),
      attention_mask: int64(
        [B, 6],
        ids.map(() => 1),
      ),
      text_mask: float32(
        [B, 6],
        ids.map((id) => (id >= 10 && id < 20 ? 1 : 0)),
      ),
    };
    const out = await runGradients({ ...SETTINGS, losses: only('mlm') }, batch);
    const gradient = numbersOf(out['grad.text_encoder.word_embeddings.weight']);
    const used = Array.from({ length: CONFIG.text.vocabularySize }, (_, id) => id).filter((id) =>
      gradient.slice(id * CONFIG.width, (id + 1) * CONFIG.width).some((x) => x !== 0),
    );
    expect(used).toEqual([0, 2, SETTINGS.maskId, 20, 21, 22]);
  });
});
