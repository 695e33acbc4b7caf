// Weights beside the graph: what models need whose weights exceed a protobuf message.
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import { gemm } from '../../../model/graph/ops.js';
import { readOnnx } from '../../../model/onnx/read-onnx.js';
import { type HostTensor, openSession, saveOnnx } from '../../../model/onnx/session.js';
import { WeightFile } from '../../../model/onnx/weight-file.js';
import { writeOnnx } from '../../../model/onnx/write-onnx.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskvlm-external-'));
});
afterAll(() => rm(folder, { recursive: true }));

const WIDTH = 32;
function twoLayers(): Graph {
  const graph = new Graph('two-layers');
  let x = graph.input('x', 'float32', ['B', WIDTH]);
  for (const layer of [0, 1]) {
    const weight = Float32Array.from({ length: WIDTH * WIDTH }, (_, i) => Math.sin(i + 7 * layer) / 8);
    const bias = Float32Array.from({ length: WIDTH }, (_, i) => Math.cos(i + layer));
    x = gemm(
      x,
      graph.constant(`layers.${layer}.weight`, 'float32', [WIDTH, WIDTH], weight),
      graph.constant(`layers.${layer}.bias`, 'float32', [WIDTH], bias),
      { transB: true },
    );
  }
  graph.output('y', x);
  return graph;
}

async function outputOf(source: Graph | string): Promise<Float32Array> {
  const session = await openSession(source, { threads: 1 });
  const x: HostTensor = {
    dtype: 'float32',
    shape: [3, WIDTH],
    data: Float32Array.from({ length: 3 * WIDTH }, (_, i) => Math.sin(i)),
  };
  const { y } = await session.run({ x });
  await session.release();
  return y!.data as Float32Array;
}

describe('external data', () => {
  test('is used past the threshold only, for large tensors only', () => {
    expect(writeOnnx(twoLayers()).externalData).toBeUndefined();
    const { model, externalData } = writeOnnx(twoLayers(), { externalThreshold: 1000 });
    expect(externalData!.location).toBe('two-layers.onnx.data');
    expect(externalData!.chunks.map(({ byteLength }) => byteLength)).toEqual([4096, 4096]);
    const places = readOnnx(Buffer.concat(model)).initializers.map(({ name, data, external }) => ({
      name,
      inside: data?.length,
      external,
    }));
    const location = 'two-layers.onnx.data';
    expect(places).toEqual([
      { name: 'layers.0.weight', inside: undefined, external: { location, offset: 0, length: 4096 } },
      { name: 'layers.0.bias', inside: 128, external: undefined },
      { name: 'layers.1.weight', inside: undefined, external: { location, offset: 4096, length: 4096 } },
      { name: 'layers.1.bias', inside: 128, external: undefined },
    ]);
  });

  test('loads from disk and gives what the whole file gives', async () => {
    const file = join(folder, 'graph.onnx');
    await saveOnnx(writeOnnx(twoLayers(), { externalLocation: 'weights.bin', externalThreshold: 1000 }), file);
    expect((await stat(join(folder, 'weights.bin'))).size).toBe(8192);
    expect(await outputOf(file)).toEqual(await outputOf(twoLayers()));
  });

  test('that is missing is an error', async () => {
    const file = join(folder, 'alone.onnx');
    await saveOnnx(writeOnnx(twoLayers(), { externalLocation: 'gone.bin', externalThreshold: 1000 }), file);
    await rm(join(folder, 'gone.bin'));
    await expect(openSession(file)).rejects.toThrow(/gone\.bin/);
  });
});

describe('a file of weights for several graphs', () => {
  test('has each once, and every graph gives what it gives alone', async () => {
    const weights = new WeightFile('shared.bin');
    const other = twoLayers();
    const different = new Graph('different');
    const weight = different.constant(
      'layers.0.weight',
      'float32',
      [WIDTH, WIDTH],
      new Float32Array(WIDTH ** 2).fill(1),
    );
    different.output('y', gemm(different.input('x', 'float32', ['B', WIDTH]), weight));
    const graphs = [twoLayers(), other, different];
    for (const [i, graph] of graphs.entries()) {
      const { model, externalData } = writeOnnx(graph, { weights });
      expect(externalData).toBeUndefined();
      await writeFile(join(folder, `shared-${i}.onnx`), Buffer.concat(model));
    }
    // Two weights of the layers, and the one that has a name but not the numbers of theirs.
    expect(weights.chunks.map(({ byteLength }) => byteLength)).toEqual([4096, 4096, 4096]);
    await writeFile(join(folder, 'shared.bin'), Buffer.concat(weights.chunks));
    for (const [i, graph] of graphs.entries())
      expect(await outputOf(join(folder, `shared-${i}.onnx`))).toEqual(await outputOf(graph));
  });
});
