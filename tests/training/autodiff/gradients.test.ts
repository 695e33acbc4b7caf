// Every operator's gradient against central differences, in random directions, broadcasts included.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import * as ops from '../../../model/graph/ops.js';
import { sizeOf, type Value } from '../../../model/graph/value.js';
import { type HostTensor, openSession } from '../../../model/onnx/session.js';
import { createRng } from '../../../model/random.js';
import { gradients } from '../../../training/autodiff/backward.js';
import { gradientRules } from '../../../training/autodiff/gradient-rules.js';

interface Row {
  shapes: number[][];
  build: (inputs: Value[]) => Value;
  /** What the inputs are drawn from: normal numbers unless said otherwise. */
  draw?: (normal: number) => number;
}

const positive = (x: number) => 0.5 + Math.abs(x);
/** At least 0.2 from zero, where |x| and its like have a corner. */
const apart = (x: number) => x + Math.sign(x) * 0.2;
const indices = (graph: Graph, shape: number[], values: number[]) =>
  graph.constant('indices', 'int64', shape, BigInt64Array.from(values, BigInt));

const rows: Record<string, Row | Row[]> = {
  Add: [
    {
      shapes: [
        [2, 3],
        [2, 3],
      ],
      build: ([a, b]) => ops.add(a!, b!),
    },
    {
      shapes: [
        [2, 1, 3],
        [4, 1],
      ],
      build: ([a, b]) => ops.add(a!, b!),
    },
    { shapes: [[2, 3], []], build: ([a, b]) => ops.add(a!, b!) },
  ],
  Sub: [
    { shapes: [[2, 3], [3]], build: ([a, b]) => ops.sub(a!, b!) },
    { shapes: [[1], [2, 3]], build: ([a, b]) => ops.sub(a!, b!) },
  ],
  Mul: [
    // the GELU of a feed-forward, and what only looks like it
    { shapes: [[3, 4]], build: ([u]) => ops.mul(u!, ops.add(ops.erf(u!), 1)) },
    { shapes: [[3, 4]], build: ([u]) => ops.mul(u!, ops.add(ops.erf(ops.mul(u!, 2)), 1)) },
    { shapes: [[3, 4]], build: ([u]) => ops.mul(u!, ops.add(ops.erf(u!), 2)) },
    {
      shapes: [
        [2, 3],
        [2, 3],
      ],
      build: ([a, b]) => ops.mul(a!, b!),
    },
    {
      shapes: [
        [2, 3, 1],
        [3, 4],
      ],
      build: ([a, b]) => ops.mul(a!, b!),
    },
    { shapes: [[2, 3]], build: ([a]) => ops.mul(a!, a!) },
  ],
  Div: { shapes: [[2, 3], [3]], build: ([a, b]) => ops.div(a!, b!), draw: positive },
  Pow: { shapes: [[2, 3]], build: ([a]) => ops.pow(a!, 2.5), draw: positive },
  Max: { shapes: [[3, 4], [4]], build: ([a, b]) => ops.max(a!, ops.add(b!, 0.1)) },
  Min: {
    shapes: [
      [3, 4],
      [3, 1],
    ],
    build: ([a, b]) => ops.min(ops.mul(a!, 3), b!),
  },
  Identity: { shapes: [[2, 3]], build: ([a]) => ops.identity(a!) },
  Neg: { shapes: [[2, 3]], build: ([a]) => ops.neg(a!) },
  Abs: { shapes: [[2, 3]], build: ([a]) => ops.abs(a!), draw: apart },
  Exp: { shapes: [[2, 3]], build: ([a]) => ops.exp(a!) },
  Log: { shapes: [[2, 3]], build: ([a]) => ops.log(a!), draw: positive },
  Sqrt: { shapes: [[2, 3]], build: ([a]) => ops.sqrt(a!), draw: positive },
  Reciprocal: { shapes: [[2, 3]], build: ([a]) => ops.reciprocal(a!), draw: positive },
  Erf: { shapes: [[2, 3]], build: ([a]) => ops.erf(a!) },
  Tanh: { shapes: [[2, 3]], build: ([a]) => ops.tanh(a!) },
  Sigmoid: { shapes: [[2, 3]], build: ([a]) => ops.sigmoid(a!) },
  Relu: { shapes: [[2, 3]], build: ([a]) => ops.relu(a!), draw: apart },
  Cast: { shapes: [[2, 3]], build: ([a]) => ops.mul(a!, ops.cast(ops.greater(a!, 0), 'float32')), draw: apart },
  Clip: { shapes: [[3, 5]], build: ([a]) => ops.clip(a!, -0.6, 0.7) },
  Where: { shapes: [[2, 3], [3]], build: ([a, b]) => ops.where(ops.less(a!, 0.1), a!, b!), draw: apart },
  MatMul: [
    {
      shapes: [
        [2, 3],
        [3, 4],
      ],
      build: ([a, b]) => ops.matMul(a!, b!),
    },
    {
      shapes: [
        [2, 2, 3, 4],
        [2, 2, 4, 3],
      ],
      build: ([a, b]) => ops.matMul(a!, b!),
    },
    {
      shapes: [
        [2, 3, 4],
        [4, 2],
      ],
      build: ([a, b]) => ops.matMul(a!, b!),
    },
    {
      shapes: [
        [1, 3, 4],
        [5, 4, 2],
      ],
      build: ([a, b]) => ops.matMul(a!, b!),
    },
  ],
  Gemm: [false, true].flatMap((transA) =>
    [false, true].map((transB) => ({
      shapes: [transA ? [3, 2] : [2, 3], transB ? [4, 3] : [3, 4], [4]],
      build: ([a, b, c]: Value[]) => ops.gemm(a!, b!, c, { transA, transB, alpha: 0.7, beta: transA ? 1.3 : 1 }),
    })),
  ),
  Softmax: { shapes: [[2, 3, 4]], build: ([a]) => ops.softmax(a!) },
  LogSoftmax: [
    { shapes: [[3, 4]], build: ([a]) => ops.logSoftmax(a!) },
    { shapes: [[3, 4]], build: ([a]) => ops.logSoftmax(a!, 0) },
  ],
  LayerNormalization: { shapes: [[2, 3, 6], [6], [6]], build: ([a, b, c]) => ops.layerNormalization(a!, b!, c!, 1e-5) },
  ReduceSum: [
    { shapes: [[2, 3, 4]], build: ([a]) => ops.reduceSum(a!, [0, 2]) },
    { shapes: [[2, 3]], build: ([a]) => ops.reduceSum(a!, [-1], true) },
  ],
  ReduceMean: { shapes: [[2, 3, 4]], build: ([a]) => ops.reduceMean(a!, [1]) },
  ReduceMax: { shapes: [[3, 5]], build: ([a]) => ops.reduceMax(a!, [1]) },
  Reshape: { shapes: [[2, 6]], build: ([a]) => ops.reshape(a!, [3, 4]) },
  Expand: { shapes: [[3, 1]], build: ([a]) => ops.expand(a!, [2, 3, 4]) },
  Transpose: { shapes: [[2, 3, 4]], build: ([a]) => ops.transpose(a!, [2, 0, 1]) },
  Concat: {
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: ([a, b]) => ops.concat([a!, b!, a!], 1),
  },
  Split: {
    shapes: [[2, 6]],
    build: ([a]) => ops.mul(ops.split(a!, 1, [2, 1, 2, 1])[0]!, ops.split(a!, 1, [2, 1, 2, 1])[2]!),
  },
  Slice: { shapes: [[3, 5]], build: ([a]) => ops.slice(a!, 1, 1, 4) },
  Gather: [
    { shapes: [[4, 3]], build: ([a]) => ops.gather(a!, indices(a!.graph, [2, 3], [1, 3, 1, 0, 1, 1])) },
    { shapes: [[2, 4, 3]], build: ([a]) => ops.gather(a!, indices(a!.graph, [2], [3, 3]), 1) },
    { shapes: [[3, 2, 4]], build: ([a]) => ops.gather(a!, indices(a!.graph, [4], [2, 0, 2, 2])) },
    { shapes: [[5]], build: ([a]) => ops.gather(a!, indices(a!.graph, [2, 2], [4, 1, 4, 4])) },
  ],
  GatherElements: {
    shapes: [[2, 4]],
    build: ([a]) => ops.gatherElements(a!, indices(a!.graph, [2, 3], [1, 1, 3, 0, 2, 0]), 1),
  },
  ScatterElements: [
    {
      shapes: [
        [2, 4],
        [2, 2],
      ],
      build: ([a, b]) => ops.scatterElements(a!, indices(a!.graph, [2, 2], [1, 1, 3, 0]), b!, 1, 'add'),
    },
    {
      shapes: [
        [2, 4],
        [2, 2],
      ],
      build: ([a, b]) => ops.scatterElements(a!, indices(a!.graph, [2, 2], [1, 2, 3, 0]), b!, 1),
    },
  ],
};

/** sum(weights * f(x)) as a graph with its gradient; evaluated at x. */
async function lossAndGradients({ shapes, build, draw = (x) => x }: Row, seed: number) {
  const rng = createRng('gradients', seed);
  const graph = new Graph('check');
  const inputs = shapes.map((shape, i) => graph.input(`x${i}`, 'float32', shape));
  const y = build(inputs);
  const shape = y.shape as number[];
  const weights = graph.constant(
    'weights',
    'float32',
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => rng.normal()),
  );
  const loss = ops.reduceSum(
    ops.mul(y, weights),
    shape.map((_, i) => i),
  );
  for (const [i, gradient] of gradients(loss, inputs).entries()) graph.output(`g${i}`, gradient);
  graph.output('loss', loss);
  const values = shapes.map((size) => Float32Array.from({ length: sizeOf(size) }, () => draw(rng.normal())));
  const session = await openSession(graph, { threads: 1 });
  const run = (at: Float32Array[]) =>
    session.run(
      Object.fromEntries(
        at.map((data, i): [string, HostTensor] => [`x${i}`, { dtype: 'float32', shape: shapes[i]!, data }]),
      ),
    );
  return { rng, values, run, session };
}

describe('the gradient of every operator agrees with central differences', () => {
  const cases = Object.entries(rows).flatMap(([name, row]) =>
    [row].flat().map((one, i) => ({ name: `${name} ${i}: ${one.shapes.map((s) => `[${s}]`).join(' ')}`, row: one })),
  );
  test.each(cases)('$name', async ({ row }) => {
    const { rng, values, run, session } = await lossAndGradients(row, 7);
    const at = await run(values);
    for (let trial = 0; trial < 4; trial++) {
      const direction = values.map((value) => value.map(() => rng.normal()));
      const along = direction.reduce(
        (sum, d, i) => sum + d.reduce((s, x, j) => s + x * Number(at[`g${i}`]!.data[j]), 0),
        0,
      );
      const step = 1e-2;
      const moved = async (by: number) =>
        (await run(values.map((value, i) => value.map((x, j) => x + by * direction[i]![j]!)))).loss!.data[0] as number;
      // Richardson's combination of two central differences leaves an error of the fourth order.
      const coarse = ((await moved(step)) - (await moved(-step))) / (2 * step);
      const fine = ((await moved(step / 2)) - (await moved(-step / 2))) / step;
      const difference = (4 * fine - coarse) / 3;
      expect(Math.abs(difference - along)).toBeLessThan(2e-3 * Math.max(1, Math.abs(along)));
    }
    await session.release();
  });

  test('no operator with a gradient is left out', () => {
    const differentiable = Object.entries(gradientRules)
      .filter(([, rule]) => rule !== null)
      .map(([op]) => op);
    expect(Object.keys(rows)).toEqual(expect.arrayContaining(differentiable));
  });
});

describe('the backward walk', () => {
  const evaluate = async (build: (x: Value) => { loss: Value; stop?: Value[] }, at: number[]) => {
    const graph = new Graph('walk');
    const x = graph.input('x', 'float32', [at.length]);
    const { loss, stop } = build(x);
    graph.output('g', gradients(loss, [x], { stop })[0]!);
    const session = await openSession(graph, { threads: 1 });
    return [
      ...(await session.run({ x: { dtype: 'float32', shape: [at.length], data: Float32Array.from(at) } })).g!.data,
    ] as number[];
  };
  const total = (y: Value) => ops.reduceSum(y, [0]);

  test('adds up over several uses', async () => {
    expect(await evaluate((x) => ({ loss: total(ops.add(ops.mul(x, x), ops.mul(x, 3))) }), [1, 2])).toEqual([5, 7]);
  });
  test('is zero for what the loss does not use', async () => {
    expect(await evaluate((x) => ({ loss: total(ops.mul(ops.reshape(x.graph.scalar(2), [1]), 3)) }), [1, 2])).toEqual([
      0, 0,
    ]);
  });
  test('does not pass a stopped value', async () => {
    expect(
      await evaluate(
        (x) => {
          const square = ops.mul(x, x);
          return { loss: total(ops.mul(square, x)), stop: [square] };
        },
        [2, 3],
      ),
    ).toEqual([4, 9]);
  });
  test('does not pass a stopped gate of a GELU', async () => {
    const stopped = async (at: number) => {
      const build = (u: Value) => {
        const gate = ops.add(ops.erf(u), 1);
        return { loss: total(ops.mul(u, gate)), stop: [gate] };
      };
      return (await evaluate(build, [at]))[0]!;
    };
    expect(await stopped(0)).toBe(1);
    expect(await stopped(0.5)).toBeCloseTo(1.5205, 4);
  });
  test('refuses a loss that is no scalar, naming its shape', () => {
    const graph = new Graph('bad');
    const x = graph.input('x', 'float32', [2]);
    expect(() => gradients(ops.mul(x, 2), [x])).toThrow(/expected a scalar, got \[2\]/);
  });
  test('names the node without a gradient', () => {
    const graph = new Graph('bad');
    const x = graph.input('x', 'float32', [2]);
    expect(() => gradients(total(ops.sign(x)), [x])).toThrow(
      /gradient of Sign: expected an operator with a gradient, got Sign\(x\[2\]\)/,
    );
  });
});

// What onnxruntime's ScatterND gets wrong on several threads.
test.each([
  ['few long rows', 16, 64],
  ['many short rows', 300, 32],
])('readings of the same row all count on several threads: %s', async (_, rows, width) => {
  const count = 3000;
  const rng = createRng('readings', rows);
  const places = Array.from({ length: count }, () => (rng.next() < 0.5 ? 3 : rng.int(rows)));
  const graph = new Graph('readings');
  const table = graph.input('table', 'float32', [rows, width]);
  const read = ops.gather(table, indices(graph, [count], places));
  const loss = ops.reduceSum(ops.mul(read, graph.input('weights', 'float32', [count, width])), [0, 1]);
  graph.output('g', gradients(loss, [table])[0]!);
  const weights = Float32Array.from({ length: count * width }, () => rng.normal());
  const wanted = new Float64Array(rows * width);
  for (const [i, x] of weights.entries()) wanted[places[Math.floor(i / width)]! * width + (i % width)]! += x;
  const session = await openSession(graph, { threads: 4 });
  const feeds: Record<string, HostTensor> = {
    table: { dtype: 'float32', shape: [rows, width], data: new Float32Array(rows * width) },
    weights: { dtype: 'float32', shape: [count, width], data: weights },
  };
  for (let run = 0; run < 5; run++) {
    const found = (await session.run(feeds)).g!.data as Float32Array;
    expect(Math.max(...found.map((x, i) => Math.abs(x - wanted[i]!)))).toBeLessThan(1e-3);
  }
  await session.release();
});
