// The layout of the flat buffer: every parameter once, in runs that the optimizer treats alike.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import { sizeOf } from '../../../model/graph/value.js';
import { presets } from '../../../model/maskvlm/config.js';
import { MODEL_TASKS, modelParameters, parameterCount } from '../../../model/maskvlm/parameters.js';
import { flatLayout, parametersFrom, splitBlocks, viewOf } from '../../../training/step/flat-parameters.js';
import { PARAMETER_GROUPS } from '../../../training/step/parameter-groups.js';
import { float32, numbersOf, runGraph } from '../../fixtures/run-graph.js';
import { layoutOf, SMALL } from '../../fixtures/small-pretraining.js';

describe.each(Object.entries(presets))('the layout of %s', (_, config) => {
  const specs = modelParameters(config);
  const layout = flatLayout(specs);

  test('has every parameter once', () => {
    expect(layout.parameters.map(({ name }) => name).sort()).toEqual(specs.map(({ name }) => name).sort());
    expect(new Set(specs.map(({ name }) => name)).size).toBe(specs.length);
    expect(layout.size).toBe(parameterCount(specs));
  });

  test('has no gap and no overlap', () => {
    let end = 0;
    for (const { name, offset, size, shape } of layout.parameters) {
      expect([name, offset, size]).toEqual([name, end, sizeOf(shape)]);
      end += size;
    }
    expect(end).toBe(layout.size);
  });

  test('has blocks that cover it in order, of one group and one decay each', () => {
    expect(layout.blocks.flatMap(({ parameters }) => parameters)).toEqual(layout.parameters);
    for (const { parameters, group, decay, size } of layout.blocks) {
      expect(size).toBe(parameters.reduce((sum, parameter) => sum + parameter.size, 0));
      for (const parameter of parameters) expect([parameter.group, parameter.decay]).toEqual([group, decay]);
    }
  });

  test('follows the order of the groups, what decays first', () => {
    const ranks = layout.parameters.map(({ group, decay }) => 2 * PARAMETER_GROUPS.indexOf(group) + (decay ? 0 : 1));
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  });

  test('decays weights, embeddings and tokens, not norms, biases or the temperature', () => {
    for (const { name, decay } of layout.parameters) {
      const spared = /\.bias$|(^|\.)norm\d?\.weight$|^temperature$/.test(name);
      expect([name, decay]).toEqual([name, !spared]);
    }
  });

  test('decays them all where asked to', () => {
    expect(flatLayout(specs, { decayVectors: true }).parameters.every(({ decay }) => decay)).toBe(true);
  });

  test('puts a parameter into the group that its name begins with', () => {
    for (const { name, group } of layout.parameters) {
      const first = name.split('.')[0]!;
      expect(group).toBe(/projection$|^temperature$/.test(first) ? 'projections' : first);
    }
  });
});

test('a graph reads every parameter from its place, in its shape', async () => {
  const layout = layoutOf(SMALL);
  const graph = new Graph('reading');
  const source = parametersFrom(splitBlocks(graph.input('parameters', 'float32', [layout.size]), layout), layout);
  for (const { name, shape, initializer } of layout.parameters)
    graph.output(name, source(graph, name, shape, initializer));
  const buffer = Float32Array.from({ length: layout.size }, (_, i) => i);
  const out = await runGraph(graph, { parameters: float32([layout.size], buffer) });
  for (const parameter of layout.parameters) {
    expect(out[parameter.name]!.shape).toEqual(parameter.shape);
    expect(numbersOf(out[parameter.name])).toEqual([...viewOf(buffer, parameter)]);
  }
});

test('names that no group knows are refused', () => {
  const initializer = { kind: 'constant', value: 0 } as const;
  expect(() => flatLayout([{ name: 'queue.weight', shape: [2], initializer }])).toThrow(
    /^queue\.weight: expected a name that begins with one of image_encoder, /,
  );
  const layout = layoutOf(SMALL);
  const graph = new Graph('reading');
  const source = parametersFrom(splitBlocks(graph.input('parameters', 'float32', [layout.size]), layout), layout);
  expect(() => source(graph, 'itm_head.weights', [2, 16], initializer)).toThrow(
    'itm_head.weights: expected a parameter of the layout',
  );
});

test('every group has parameters in the model of some task', () => {
  const groups = MODEL_TASKS.flatMap((task) =>
    flatLayout(modelParameters(presets.tiny, { task })).parameters.map(({ group }) => group),
  );
  expect(new Set(groups)).toEqual(new Set(PARAMETER_GROUPS));
});
