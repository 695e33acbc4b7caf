// The optimizer inside the graph against the same formulas in float64.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import type { ParameterSpec } from '../../../model/maskvlm/parameters.js';
import { openSession } from '../../../model/onnx/session.js';
import { createRng } from '../../../model/random.js';
import { type AdamWSettings, adamW } from '../../../training/step/adamw.js';
import { type FlatLayout, flatLayout, splitBlocks } from '../../../training/step/flat-parameters.js';
import { PARAMETER_GROUPS } from '../../../training/step/parameter-groups.js';
import { float32, numbersOf } from '../../fixtures/run-graph.js';

const spec = (name: string, shape: number[]): ParameterSpec => ({
  name,
  shape,
  initializer: { kind: 'constant', value: 0 },
});
const LAYOUT = flatLayout([
  spec('image_encoder.blocks.0.attn.qkv.weight', [6, 2]),
  spec('image_encoder.blocks.0.attn.qkv.bias', [6]),
  spec('image_encoder.pos_embed', [1, 3, 2]),
  // larger than what shares a block
  spec('text_encoder.word_embeddings.weight', [5000, 2]),
  spec('itm_head.weight', [2, 2]),
  spec('itm_head.bias', [2]),
  spec('temperature', []),
]);
const SETTINGS: AdamWSettings = { beta1: 0.9, beta2: 0.98, epsilon: 1e-6, weightDecay: 0.1, clipNorm: null };
/** A rate of its own for every group; the text encoder's is 0. */
const RATES = PARAMETER_GROUPS.map((group, i) => (group === 'text_encoder' ? 0 : 0.01 * (i + 1)));
const STEPS = 6;

interface State {
  parameters: number[];
  moment1: number[];
  moment2: number[];
}

function begin({ size }: FlatLayout): State {
  const rng = createRng('adamw', 'parameters');
  return {
    parameters: Array.from({ length: size }, () => Math.fround(rng.normal())),
    moment1: Array<number>(size).fill(0),
    moment2: Array<number>(size).fill(0),
  };
}

const gradientsAt = (step: number) => {
  const rng = createRng('adamw', 'gradients', step);
  return Array.from({ length: LAYOUT.size }, () => Math.fround(rng.normal() * 10 ** (rng.int(5) - 4)));
};

/** Algorithm 2 of Loshchilov and Hutter, element by element; `t` counts from 1. */
function expected(before: State, gradients: number[], t: number, settings: AdamWSettings): State {
  const { beta1, beta2, epsilon, weightDecay, clipNorm } = settings;
  const scale = clipNorm === null ? 1 : Math.min(1, clipNorm / Math.hypot(...gradients));
  const after = structuredClone(before);
  for (const { offset, size, group, decay } of LAYOUT.parameters) {
    const rate = RATES[PARAMETER_GROUPS.indexOf(group)]!;
    for (let i = offset; i < offset + size; i++) {
      const gradient = scale * gradients[i]!;
      after.moment1[i] = beta1 * before.moment1[i]! + (1 - beta1) * gradient;
      after.moment2[i] = beta2 * before.moment2[i]! + (1 - beta2) * gradient ** 2;
      const mean = after.moment1[i]! / (1 - beta1 ** t);
      const deviation = Math.sqrt(after.moment2[i]! / (1 - beta2 ** t));
      after.parameters[i] =
        before.parameters[i]! * (1 - (decay ? rate * weightDecay : 0)) - (rate * mean) / (deviation + epsilon);
    }
  }
  return after;
}

/** Runs the graph over STEPS steps, its state going round. */
async function run(settings: AdamWSettings) {
  const graph = new Graph('adamw');
  const flat = (name: string) => graph.input(name, 'float32', [LAYOUT.size]);
  const outputs = adamW(
    LAYOUT,
    {
      parameters: splitBlocks(flat('parameters'), LAYOUT),
      gradients: splitBlocks(flat('gradients'), LAYOUT),
      moment1: flat('moment1'),
      moment2: flat('moment2'),
      learningRates: graph.input('rates', 'float32', [PARAMETER_GROUPS.length]),
      biasCorrections: graph.input('corrections', 'float32', [2]),
    },
    settings,
  );
  for (const [name, value] of Object.entries(outputs)) graph.output(`next_${name}`, value);
  const session = await openSession(graph, { threads: 1 });
  const states: (State & { gradientNorm: number })[] = [];
  let state = begin(LAYOUT);
  for (let t = 1; t <= STEPS; t++) {
    const vector = (values: number[]) => float32([values.length], values);
    const out = await session.run({
      parameters: vector(state.parameters),
      moment1: vector(state.moment1),
      moment2: vector(state.moment2),
      gradients: vector(gradientsAt(t)),
      rates: vector(RATES),
      corrections: vector([1 - settings.beta1 ** t, 1 - settings.beta2 ** t]),
    });
    const next = (name: string) => numbersOf(out[`next_${name}`]);
    state = { parameters: next('parameters'), moment1: next('moment1'), moment2: next('moment2') };
    states.push({ ...state, gradientNorm: next('gradientNorm')[0]! });
  }
  await session.release();
  return states;
}

const largestGap = (a: number[], b: number[]) => a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);

describe.each<[string, Partial<AdamWSettings>]>([
  ['weight decay', {}],
  ['no weight decay', { weightDecay: 0 }],
  ['a norm that is clipped', { clipNorm: 0.5 }],
  ['a norm that is never reached', { clipNorm: 1e6 }],
  ['other betas', { beta1: 0, beta2: 0.999, epsilon: 1e-8 }],
])('with %s', (_, change) => {
  test('every step is that of the formulas', async () => {
    const settings = { ...SETTINGS, ...change };
    let reference = begin(LAYOUT);
    for (const [i, state] of (await run(settings)).entries()) {
      const gradients = gradientsAt(i + 1);
      reference = expected(reference, gradients, i + 1, settings);
      expect(largestGap(state.parameters, reference.parameters)).toBeLessThan(2e-6);
      expect(largestGap(state.moment1, reference.moment1)).toBeLessThan(1e-6);
      expect(largestGap(state.moment2, reference.moment2)).toBeLessThan(1e-6);
      // The norm is the gradient's own, before it is clipped.
      expect(state.gradientNorm / Math.hypot(...gradients)).toBeCloseTo(1, 5);
    }
  });
});

test('a group with a rate of 0 stays, and its moments go on', async () => {
  const [first] = await run(SETTINGS);
  const words = LAYOUT.parameters.find(({ group }) => group === 'text_encoder')!;
  const part = (values: number[]) => values.slice(words.offset, words.offset + words.size);
  expect(part(first!.parameters)).toEqual(part(begin(LAYOUT).parameters));
  expect(part(first!.moment1).some((x) => x !== 0)).toBe(true);
});

test('the step is as long as the rate at first, whatever the gradient', async () => {
  const [first] = await run({ ...SETTINGS, weightDecay: 0, epsilon: 1e-12 });
  const start = begin(LAYOUT).parameters;
  const gradients = gradientsAt(1);
  for (const { offset, group } of LAYOUT.parameters) {
    const change = first!.parameters[offset]! - start[offset]!;
    expect(change).toBeCloseTo(-RATES[PARAMETER_GROUPS.indexOf(group)]! * Math.sign(gradients[offset]!), 5);
  }
});
