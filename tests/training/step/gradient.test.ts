// The gradient of the whole model against central differences of its losses.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HostTensor, openSession, type Session } from '../../../model/onnx/session.js';
import { createRng } from '../../../training/random.js';
import { type FlatParameter, viewOf } from '../../../training/step/flat-parameters.js';
import { PARAMETER_GROUPS } from '../../../training/step/parameter-groups.js';
import { gradientGraph } from '../../../training/step/training-graph.js';
import { float32, numbersOf, runGraph } from '../../fixtures/run-graph.js';
import {
  feedsOf,
  layoutOf,
  lossGraph,
  SETTINGS,
  SMALL,
  smallBatch,
  trainedParameters,
} from '../../fixtures/small-pretraining.js';

const layout = layoutOf(SMALL);
const parameters = trainedParameters(layout);
const drawn = smallBatch(SMALL, SETTINGS);
// The distance that MIM measures has a corner where a colour is met exactly: no pixel here comes near what is predicted.
const farPixels = numbersOf(drawn.pixel_values).map((x) => Math.sign(x) * (5 + Math.abs(x)));
const batch: Record<string, HostTensor> = { ...drawn, pixel_values: float32(drawn.pixel_values.shape, farPixels) };
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

describe.each(['one', 'both'] as const)('the gradient of every parameter, masking %s', (strategy) => {
  const settings = { ...SETTINGS, strategy };
  let losses: Session;
  let feeds: Record<string, HostTensor>;
  let out: Record<string, HostTensor>;
  beforeAll(async () => {
    const all = { ...batch, parameters: float32([layout.size], parameters) };
    const forward = lossGraph(SMALL, layout, settings);
    losses = await openSession(forward, { threads: 1 });
    feeds = feedsOf(forward, all);
    const graph = gradientGraph(SMALL, layout, settings);
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

  test.each(PARAMETER_GROUPS)('%s', async (group) => {
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
