// Blocks computed again on the way back: the same gradient, from less that is kept.
import { describe, expect, test } from 'vitest';
import { graphFlops } from '../../../model/graph/flops.js';
import { resolveModelConfig } from '../../../model/maskvlm/config.js';
import type { HostTensor } from '../../../model/onnx/session.js';
import type { BuildForward } from '../../../training/objectives/forward.js';
import { pretraining } from '../../../training/objectives/pretraining.js';
import type { FlatLayout } from '../../../training/step/flat-parameters.js';
import { type GraphOptions, gradientGraph } from '../../../training/step/training-graph.js';
import { peakElements } from '../../fixtures/peak-elements.js';
import { float32, numbersOf, runGraph } from '../../fixtures/run-graph.js';
import { feedsOf, layoutOf, SETTINGS, SMALL, smallBatch, trainedParameters } from '../../fixtures/small-pretraining.js';
import { type TaskBatch, taskBatches } from '../../fixtures/task-batches.js';

const pairs = (strategy: 'one' | 'both'): TaskBatch => ({
  name: `pre-training, masking ${strategy}`,
  task: 'pretrain',
  build: (batch) => (root) => pretraining(root, SMALL, { ...SETTINGS, batch, strategy }),
  inputs: smallBatch(SMALL, { ...SETTINGS, batch: 2 }),
});

async function run(
  layout: FlatLayout,
  build: BuildForward,
  inputs: Record<string, HostTensor>,
  options: GraphOptions,
): Promise<Record<string, HostTensor>> {
  const graph = gradientGraph(layout, build, options);
  const parameters = float32([layout.size], trainedParameters(layout));
  return runGraph(graph, feedsOf(graph, { ...inputs, parameters }));
}

describe('the gradient is that of what is kept', () => {
  test.each([pairs('one'), pairs('both'), ...taskBatches(2).slice(1)])('$name', async ({ task, build, inputs }) => {
    const layout = layoutOf(SMALL, task);
    const kept = await run(layout, build(2), inputs, {});
    const again = await run(layout, build(2), inputs, { recompute: true });
    expect(Object.keys(again)).toEqual(Object.keys(kept));
    for (const [name, tensor] of Object.entries(kept)) {
      const [a, b] = [numbersOf(again[name]), numbersOf(tensor)];
      expect(Math.hypot(...a.map((x, i) => x - b[i]!)), name).toBeLessThan(1e-5 * Math.hypot(...b) + 1e-6);
    }
  });
});

describe('a deep model', () => {
  const config = resolveModelConfig({
    ...SMALL,
    width: 32,
    mlpRatio: 4,
    image: { size: 32, patch: 4, depth: 10 },
    text: { ...SMALL.text, depth: 8 },
  });
  const layout = layoutOf(config);
  const graph = (recompute: boolean) =>
    gradientGraph(layout, (root) => pretraining(root, config, { ...SETTINGS, batch: 8 }), { recompute });
  const [kept, again] = [graph(false), graph(true)];

  test('keeps less than half, counted in the order of the graph', () => {
    expect(peakElements(again)).toBeLessThan(peakElements(kept) / 2);
  });

  test('costs at most one more forward pass of the blocks: a third of the products', () => {
    const share = graphFlops(again) / graphFlops(kept);
    expect(share).toBeGreaterThan(1.2);
    expect(share).toBeLessThan(1.34);
  });
});
