// The optimizer inside the graph against the same formulas in float64.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import type { ParameterSpec } from '../../../model/maskvlm/parameters.js';
import { openSession } from '../../../model/onnx/session.js';
import { createRng } from '../../../model/random.js';
import {
  type FlatLayout,
  type FlatParameter,
  flatLayout,
  splitBlocks,
} from '../../../training/step/flat-parameters.js';
import { orthogonalize } from '../../../training/step/muon.js';
import { type OptimizerSettings, optimize } from '../../../training/step/optimizer.js';
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
  spec('image_encoder.blocks.0.mlp.fc1.weight', [4, 3]),
  spec('image_encoder.blocks.0.mlp.fc2.weight', [3, 4]),
  spec('image_encoder.pos_embed', [1, 3, 2]),
  // larger than what shares a block
  spec('text_encoder.word_embeddings.weight', [5000, 2]),
  spec('itm_head.weight', [2, 2]),
  spec('itm_head.bias', [2]),
  spec('temperature', []),
]);
const SETTINGS: OptimizerSettings = {
  kind: 'adamw',
  beta1: 0.9,
  beta2: 0.98,
  epsilon: 1e-6,
  momentum: 0.9,
  weightDecay: 0.1,
  clipNorm: null,
};
/** A rate of its own for every group; the text encoder's is 0. */
const RATES = PARAMETER_GROUPS.map((group, i) => (group === 'text_encoder' ? 0 : 0.01 * (i + 1)));
const STEPS = 6;

interface State {
  parameters: number[];
  moment1: number[];
  moment2: number[];
}

function begin({ size }: FlatLayout): State {
  const rng = createRng('optimizer', 'parameters');
  return {
    parameters: Array.from({ length: size }, () => Math.fround(rng.normal())),
    moment1: Array<number>(size).fill(0),
    moment2: Array<number>(size).fill(0),
  };
}

const gradientsAt = (step: number) => {
  const rng = createRng('optimizer', 'gradients', step);
  return Array.from({ length: LAYOUT.size }, () => Math.fround(rng.normal() * 10 ** (rng.int(5) - 4)));
};

const product = (a: number[][], b: number[][]) =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)));
const turned = (a: number[][]) => a[0]!.map((_, j) => a.map((row) => row[j]!));

/** Five steps of x -> a x + b x x^T x + c (x x^T)^2 x from x / |x|. */
function evened(matrix: number[][]): number[][] {
  const norm = Math.hypot(...matrix.flat());
  let x = matrix.map((row) => row.map((value) => value / norm));
  for (let i = 0; i < 5; i++) {
    const cubic = product(product(x, turned(x)), x);
    const quintic = product(product(x, turned(x)), cubic);
    x = x.map((row, k) => row.map((value, j) => 3.4445 * value - 4.775 * cubic[k]![j]! + 2.0315 * quintic[k]![j]!));
  }
  return x;
}

/** How many matrices Muon sees in a parameter; 0 where AdamW updates it. */
const matricesIn = ({ name }: FlatParameter): number => {
  if (name.endsWith('qkv.weight')) return 3;
  return name.includes('.mlp.') ? 1 : 0;
};

/** The changes of Muon, one matrix after the other. */
function muonChange({ shape, size }: FlatParameter, count: number, ahead: number[]): number[] {
  const [rows, columns] = [shape[0]! / count, shape[1]!];
  const each = size / count;
  return Array.from({ length: count }, (_, m) => {
    const part = ahead.slice(m * each, (m + 1) * each);
    const matrix = Array.from({ length: rows }, (_, k) => part.slice(k * columns, (k + 1) * columns));
    return evened(matrix)
      .flat()
      .map((value) => 0.2 * Math.sqrt(Math.max(rows, columns)) * value);
  }).flat();
}

/** Algorithm 2 of Loshchilov and Hutter, element by element, or Muon for the matrices of blocks; `t` counts from 1. */
function expected(before: State, gradients: number[], t: number, settings: OptimizerSettings): State {
  const { kind, beta1, beta2, epsilon, momentum, weightDecay, clipNorm } = settings;
  const scale = clipNorm === null ? 1 : Math.min(1, clipNorm / Math.hypot(...gradients));
  const after = structuredClone(before);
  for (const parameter of LAYOUT.parameters) {
    const { offset, size, group, decay } = parameter;
    const rate = RATES[PARAMETER_GROUPS.indexOf(group)]!;
    const kept = 1 - (decay ? rate * weightDecay : 0);
    const matrices = kind === 'muon' ? matricesIn(parameter) : 0;
    if (matrices > 0) {
      const fresh = gradients.slice(offset, offset + size).map((gradient) => (1 - momentum) * scale * gradient);
      const mean = fresh.map((value, i) => momentum * before.moment1[offset + i]! + value);
      const ahead = fresh.map((value, i) => momentum * mean[i]! + value);
      muonChange(parameter, matrices, ahead).forEach((change, i) => {
        after.moment1[offset + i] = mean[i]!;
        after.parameters[offset + i] = before.parameters[offset + i]! * kept - rate * change;
      });
      continue;
    }
    for (let i = offset; i < offset + size; i++) {
      const gradient = scale * gradients[i]!;
      after.moment1[i] = beta1 * before.moment1[i]! + (1 - beta1) * gradient;
      after.moment2[i] = beta2 * before.moment2[i]! + (1 - beta2) * gradient ** 2;
      const mean = after.moment1[i]! / (1 - beta1 ** t);
      const deviation = Math.sqrt(after.moment2[i]! / (1 - beta2 ** t));
      after.parameters[i] = before.parameters[i]! * kept - (rate * mean) / (deviation + epsilon);
    }
  }
  return after;
}

/** Runs the graph over STEPS steps, its state going round. */
async function run(settings: OptimizerSettings) {
  const graph = new Graph('optimizer');
  const flat = (name: string) => graph.input(name, 'float32', [LAYOUT.size]);
  const outputs = optimize(
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

describe.each<[string, Partial<OptimizerSettings>]>([
  ['weight decay', {}],
  ['no weight decay', { weightDecay: 0 }],
  ['a norm that is clipped', { clipNorm: 0.5 }],
  ['a norm that is never reached', { clipNorm: 1e6 }],
  ['other betas', { beta1: 0, beta2: 0.999, epsilon: 1e-8 }],
  ['Muon', { kind: 'muon' }],
  ['Muon, another momentum and a norm that is clipped', { kind: 'muon', momentum: 0.5, clipNorm: 0.5 }],
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

describe('orthogonalization', () => {
  const orthogonalized = async (matrix: number[][]) => {
    const [rows, columns] = [matrix.length, matrix[0]!.length];
    const graph = new Graph('orthogonalize');
    graph.output('y', orthogonalize(graph.input('x', 'float32', [1, rows, columns])));
    const session = await openSession(graph, { threads: 1 });
    const { y } = await session.run({ x: float32([1, rows, columns], matrix.flat()) });
    await session.release();
    const values = numbersOf(y);
    return Array.from({ length: rows }, (_, k) => values.slice(k * columns, (k + 1) * columns));
  };
  const quintic = (x: number) => 3.4445 * x - 4.775 * x ** 3 + 2.0315 * x ** 5;
  const five = (x: number) => quintic(quintic(quintic(quintic(quintic(x)))));

  test.each([
    ['square', 2, 2],
    ['wide', 2, 3],
    ['tall', 3, 2],
  ])(
    'a %s diagonal keeps its directions and signs; 3 and -4 of norm 5 become near 1 and -1',
    async (_, rows, columns) => {
      const zeros = Array.from({ length: rows }, () => Array<number>(columns).fill(0));
      zeros[0]![0] = 3;
      zeros[1]![1] = -4;
      const result = await orthogonalized(zeros);
      expect(result[0]![0]).toBeCloseTo(five(0.6), 5);
      expect(result[1]![1]).toBeCloseTo(-five(0.8), 5);
      expect(Math.abs(five(0.6) - 1)).toBeLessThan(0.32);
      expect(Math.abs(five(0.8) - 1)).toBeLessThan(0.32);
      const others = result.flatMap((row, k) => row.filter((_, j) => j !== k));
      expect(Math.max(...others.map(Math.abs))).toBeLessThan(1e-6);
    },
  );

  test('its length does not matter, and nothing stays nothing', async () => {
    const matrix = [
      [1, 2, -1],
      [0.5, -1, 3],
    ];
    const [once, tenfold, none] = await Promise.all(
      [1, 10, 0].map((factor) => orthogonalized(matrix.map((row) => row.map((x) => factor * x)))),
    );
    expect(largestGap(once!.flat(), tenfold!.flat())).toBeLessThan(1e-5);
    expect(none!.flat()).toEqual(Array(6).fill(0));
  });
});
