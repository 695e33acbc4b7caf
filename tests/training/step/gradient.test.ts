// The gradient of the whole model against central differences of its losses.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelTask } from '../../../model/maskvlm/parameters.js';
import { type HostTensor, openSession, type Session } from '../../../model/onnx/session.js';
import { createRng } from '../../../model/random.js';
import { entailment } from '../../../training/objectives/entailment.js';
import type { BuildForward } from '../../../training/objectives/forward.js';
import { picturePairs } from '../../../training/objectives/picture-pairs.js';
import { pretraining } from '../../../training/objectives/pretraining.js';
import { questionAnswering } from '../../../training/objectives/question-answering.js';
import { type FlatLayout, type FlatParameter, viewOf } from '../../../training/step/flat-parameters.js';
import { PARAMETER_GROUPS } from '../../../training/step/parameter-groups.js';
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

const { batch: B, length } = SETTINGS;
const drawn = smallBatch(SMALL, SETTINGS);
// The distance that MIM measures has a corner where a colour is met exactly: no pixel here comes near what is predicted.
const farPixels = numbersOf(drawn.pixel_values).map((x) => Math.sign(x) * (5 + Math.abs(x)));
const pretrainBatch = { ...drawn, pixel_values: float32(drawn.pixel_values.shape, farPixels) };

interface Case {
  name: string;
  task: ModelTask;
  build: BuildForward;
  batch: Record<string, HostTensor>;
}
const masking = (strategy: 'one' | 'both'): Case => ({
  name: `pre-training, masking ${strategy}`,
  task: 'pretrain',
  build: (root) => pretraining(root, SMALL, { ...SETTINGS, strategy }),
  batch: pretrainBatch,
});
const CASES: Case[] = [
  masking('one'),
  masking('both'),
  {
    name: 'retrieval',
    task: 'retrieval',
    build: (root) => pretraining(root, SMALL, { ...SETTINGS, losses: { ...SETTINGS.losses, mlm: false, mim: false } }),
    batch: drawn,
  },
  {
    name: 'visual entailment',
    task: 've',
    build: (root) => entailment(root, SMALL, { batch: B, textsPerPicture: 1, length }),
    batch: { ...drawn, labels: int64([B], [2, 0, 1]) },
  },
  {
    name: 'NLVR2',
    task: 'nlvr2',
    build: (root) => picturePairs(root, SMALL, { batch: B, textsPerPicture: 1, length }),
    batch: {
      ...drawn,
      pixel_values: float32(
        [2 * B, 3, 12, 12],
        [...numbersOf(drawn.pixel_values), ...[...numbersOf(drawn.pixel_values)].reverse()],
      ),
      labels: int64([B], [1, 0, 1]),
    },
  },
  {
    name: 'VQA',
    task: 'vqa',
    build: (root) =>
      questionAnswering(root, SMALL, { batch: B, textsPerPicture: 1, length, answers: 2, answerLength: 4 }),
    batch: {
      ...drawn,
      answer_ids: int64([2 * B, 4], [0, 7, 1, 1, 0, 8, 9, 1, 0, 6, 6, 5, 0, 1, 1, 1, 0, 5, 1, 1, 0, 9, 1, 1]),
      answer_targets: int64([2 * B, 4], [7, 2, 1, 1, 8, 9, 2, 1, 6, 6, 5, 2, 1, 1, 1, 1, 5, 2, 1, 1, 9, 2, 1, 1]),
      answer_weights: float32(
        [2 * B, 4],
        [0.7, 0.7, 0, 0, 0.3, 0.3, 0.3, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0.5, 0.5, 0, 0, 0.5, 0.5, 0, 0],
      ),
    },
  },
];
/** Half of the classifiers' ReLU units always on and half always off: none has its corner near. */
function awayFromCorners(layout: FlatLayout, parameters: Float32Array): Float32Array {
  for (const parameter of layout.parameters) {
    if (!parameter.name.endsWith('classifier.fc1.bias')) continue;
    viewOf(parameters, parameter).forEach((_, i, view) => {
      view[i] = i % 2 ? 12 : -12;
    });
  }
  return parameters;
}
const norm = (values: readonly number[]) => Math.hypot(...values);

/**
 * A direction of length 1, half along the gradient, half random: along the gradient alone a missing part would go unnoticed, and at
 * random alone the change of the loss would drown in rounding.
 */
function directionFor({ name }: FlatParameter, gradient: readonly number[]): number[] {
  const rng = createRng('direction', name);
  const random = gradient.map(() => rng.normal());
  const [along, beside] = [norm(gradient) || 1, norm(random)];
  const mixed = gradient.map((g, i) => g / along + random[i]! / beside);
  return mixed.map((x) => x / norm(mixed));
}

describe.each(CASES)('the gradient of every parameter: $name', ({ task, build, batch }) => {
  const layout = layoutOf(SMALL, task);
  const parameters = awayFromCorners(layout, trainedParameters(layout));
  const groups = PARAMETER_GROUPS.filter((group) => layout.parameters.some((parameter) => parameter.group === group));
  let losses: Session;
  let feeds: Record<string, HostTensor>;
  let out: Record<string, HostTensor>;
  beforeAll(async () => {
    const all = { ...batch, parameters: float32([layout.size], parameters) };
    const forward = lossGraph(layout, build);
    losses = await openSession(forward, { threads: 1 });
    feeds = feedsOf(forward, all);
    const graph = gradientGraph(layout, build);
    out = await runGraph(graph, feedsOf(graph, all));
  });
  afterAll(() => losses.release());

  /** The sum of the losses with one parameter moved. */
  async function lossAt(parameter: FlatParameter, direction: readonly number[], by: number): Promise<number> {
    const moved = parameters.slice();
    const view = viewOf(moved, parameter);
    for (const [i, d] of direction.entries()) view[i]! += by * d;
    const results = Object.entries(await losses.run({ ...feeds, parameters: float32([layout.size], moved) }));
    return results.reduce((sum, [name, value]) => (name.startsWith('loss.') ? sum + numbersOf(value)[0]! : sum), 0);
  }

  test.each(groups)('%s', async (group) => {
    for (const parameter of layout.parameters.filter((candidate) => candidate.group === group)) {
      const gradient = numbersOf(out[`grad.${parameter.name}`]);
      const direction = directionFor(parameter, gradient);
      const along = direction.reduce((sum, d, i) => sum + d * gradient[i]!, 0);
      const step = Math.min(0.1, 0.02 / (norm(gradient) || 1));
      const difference = async (h: number) =>
        ((await lossAt(parameter, direction, h)) - (await lossAt(parameter, direction, -h))) / (2 * h);
      // Richardson's combination leaves an error of the fourth order.
      const measured = (4 * (await difference(step / 2)) - (await difference(step))) / 3;
      expect(Math.abs(measured - along), parameter.name).toBeLessThan(1e-3 * Math.abs(along) + 4e-5);
    }
  });
});
