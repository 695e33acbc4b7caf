import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HnswGraph } from '../../../server/index/hnsw-graph.js';
import { normalised } from '../../../server/index/vector-table.js';
import { tempDir } from '../../fixtures/temp-dir.js';
import { clusteredVectors } from './clustered-vectors.js';

const SETTINGS = { M: 8, efConstruction: 60 };
const DIMENSION = 16;

function filled(count: number) {
  const draw = clusteredVectors(4, DIMENSION, 5, 0.2);
  const graph = HnswGraph.create(DIMENSION, SETTINGS);
  for (let label = 0; label < count; label++) graph.add(label, normalised(draw(), 'vector'));
  return { graph, query: normalised(draw(), 'query') };
}

test('what dies while the file is written takes no place in an answer, then or later', async () => {
  const { graph, query } = filled(600);
  const ranked = graph.search(query, 600, 600);
  const saved = graph.save(join(await tempDir(), 'graph.hnsw'));
  for (const label of ranked.slice(0, 250)) graph.remove(label);
  expect(graph.saving).toBe(true);
  expect(graph.search(query, 20, 600)).toEqual(ranked.slice(250, 270));
  expect(graph.search(query, 1000, 600)).toEqual(ranked.slice(250));
  expect((await saved).flat()).toHaveLength(600);
  expect(graph.search(query, 20, 600)).toEqual(ranked.slice(250, 270));
});

test('a graph whose nodes have all died answers nothing', () => {
  const { graph, query } = filled(30);
  for (let label = 0; label < 30; label++) graph.remove(label);
  expect(graph.search(query, 5, 10)).toEqual([]);
  graph.add(7, query);
  expect(graph.search(query, 5, 10)).toEqual([7]);
});
