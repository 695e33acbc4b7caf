// The tables of model/README.md against the model: they are what others rebuild the network from.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../../model/graph/graph.js';
import type { ParameterSource } from '../../../model/layers/scope.js';
import { imageTokenCount, type ModelConfig, presets, resolveModelConfig } from '../../../model/maskvlm/config.js';
import { GRAPH_ROLES, inferenceGraph } from '../../../model/maskvlm/inference-graphs.js';
import { MODEL_TASKS, modelParameters, parameterCount } from '../../../model/maskvlm/parameters.js';
import { preparedSize } from '../../../model/maskvlm/prepared-image.js';
import { reconstructionGraph, reconstructionRoles } from '../../../model/maskvlm/reconstruction-graphs.js';
import { explainerGraph } from '../../../training/explain/explainer-graph.js';

// From dist/tests/model/maskvlm up to the package.
const text = readFileSync(new URL('../../../../model/README.md', import.meta.url), 'utf8');
const rows = text
  .split('\n')
  .flatMap((line) => (line.startsWith('| `') ? [line.split('|').map((cell) => cell.trim())] : []));
const plain = (cell: string) => cell.replaceAll('`', '');
/** Name pattern and shape of every row that has a shape. */
const table = rows.flatMap(([, name, shape]) =>
  shape?.startsWith('`[') ? [{ pattern: plain(name!), shape: plain(shape) }] : [],
);

/** `3*P*P` or `T+2` in numbers. */
function sizeIn(letters: Record<string, number>, dimension: string): number {
  const factor = (name: string) => (/^\d+$/.test(name) ? Number(name) : letters[name]!);
  return dimension
    .split('+')
    .reduce((sum, product) => sum + product.split('*').reduce((all, name) => all * factor(name.trim()), 1), 0);
}

/** What the table says a model of this size has. */
function documented(config: ModelConfig): Record<string, number[]> {
  const { width: D, embedding: E, mlpRatio: R, image, text: words, crossDepth, decoderDepth } = config;
  const letters = { D, E, R, P: image.patch, N: imageTokenCount(config), V: words.vocabularySize, T: words.maxLength };
  const depths: Record<string, number> = {
    image_encoder: image.depth,
    text_encoder: words.depth,
    image_cross_encoder: crossDepth,
    text_cross_encoder: crossDepth,
    image_decoder: decoderDepth,
    fusion_encoder: 1,
    answer_decoder: crossDepth,
  };
  const stacks = Object.keys(depths).slice(2);
  const entries = table.flatMap(({ pattern, shape }) => {
    const inner = shape.slice(1, -1);
    const sizes = inner === '' ? [] : inner.split(',').map((dimension) => sizeIn(letters, dimension));
    const ofStacks = pattern.startsWith('{stack}')
      ? stacks.map((stack) => pattern.replace('{stack}', stack))
      : [pattern];
    const names = ofStacks.flatMap((name) =>
      name.includes('{i}')
        ? Array.from({ length: depths[name.split('.')[0]!]! }, (_, i) => name.replace('{i}', String(i)))
        : [name],
    );
    return names.map((name) => [name, sizes] as const);
  });
  return Object.fromEntries(entries);
}

describe('the table of parameters', () => {
  test.each<[string, ModelConfig]>([
    ...Object.entries(presets),
    [
      'odd sizes',
      resolveModelConfig({ width: 60, heads: 3, mlpRatio: 2, embedding: 7, crossDepth: 1, decoderDepth: 4 }),
    ],
  ])('is that of %s', (_, config) => {
    const specs = MODEL_TASKS.flatMap((task) => modelParameters(config, { task }));
    const actual = Object.fromEntries(specs.map(({ name, shape }) => [name, [...shape]]));
    expect(documented(config)).toEqual(actual);
  });

  test('has no row twice', () => {
    expect(new Set(table.map(({ pattern }) => pattern)).size).toBe(table.length);
  });
});

test.each(Object.entries(presets))(
  'the row of %s has its sizes and its number of parameters',
  (name, config: ModelConfig) => {
    const row = rows.find(([, first]) => first === `\`${name}\``)!;
    const { width, heads, mlpRatio, embedding, image, text: words, crossDepth, decoderDepth } = config;
    expect(row.slice(2, -1).map((cell) => Number(cell.replaceAll(',', '')))).toEqual([
      parameterCount(modelParameters(config)),
      width,
      heads,
      mlpRatio,
      embedding,
      image.size,
      image.patch,
      words.vocabularySize,
      words.maxLength,
      image.depth,
      words.depth,
      crossDepth,
      decoderDepth,
    ]);
  },
);

describe('the table of graphs', () => {
  /** `a`, `b` [B,L]: each name with the shape that follows it. */
  const interfaces = (cell: string, symbols: Record<string, number>) =>
    Object.fromEntries(
      [...cell.matchAll(/((?:`\w+`,? ?)+)\[([^\]]+)\]/g)].flatMap(([, names, shape]) =>
        [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => [
          name!,
          shape!.split(',').map((dim) => symbols[dim] ?? (/^\d+$/.test(dim) ? Number(dim) : dim)),
        ]),
      ),
    );

  const config = presets.tiny;
  const N = imageTokenCount(config);
  const symbols = {
    S: config.image.size,
    N,
    'N-1': N - 1,
    D: config.width,
    E: config.embedding,
    V: config.text.vocabularySize,
    '3*P*P': 3 * config.image.patch ** 2,
    H: config.heads,
    M: config.crossDepth,
    W: config.width / config.heads,
    F: preparedSize(config),
  };
  const source: ParameterSource = (inGraph, name, shape) => {
    const known = inGraph.inputs.find((input) => input.name === `parameter ${name}`);
    return known ?? inGraph.input(`parameter ${name}`, 'float32', shape);
  };
  const ofTasks = MODEL_TASKS.toReversed().flatMap((task) =>
    GRAPH_ROLES[task].map((role): [string, Graph] => [role, inferenceGraph(role, config, source, task)]),
  );
  const row = (name: string) =>
    rows.find(([, first, second]) => first === `\`${name}\`` && second && !second.startsWith('`['))!;

  test.each<[string, Graph]>([
    // Of the encoders those of pre-training, which have embeddings.
    ...new Map(ofTasks),
    ...reconstructionRoles.map((role): [string, Graph] => [role, reconstructionGraph(role, config, source)]),
    ['explainer', explainerGraph(config, source)],
  ])('has the interface of the %s', (role, graph) => {
    const [, , inputs, outputs] = row(role);
    const shared = inputs!.startsWith('as the matcher') ? interfaces(row('matcher')[2]!, symbols) : {};
    const own = graph.inputs.filter(({ name }) => !name.startsWith('parameter '));
    expect({ ...shared, ...interfaces(inputs!, symbols) }).toEqual(
      Object.fromEntries(own.map(({ name, shape }) => [name, [...shape]])),
    );
    expect(interfaces(outputs!, symbols)).toEqual(
      Object.fromEntries(graph.outputs.map(({ name, value }) => [name, [...value.shape]])),
    );
  });
});
