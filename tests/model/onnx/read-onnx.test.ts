// Bytes that are no ONNX model, or not all of it, are refused with the name of the file.
import { describe, expect, test } from 'vitest';
import { ExpectationError } from '../../../model/errors.js';
import { Graph } from '../../../model/graph/graph.js';
import { expand, matMul } from '../../../model/graph/ops.js';
import { readOnnx } from '../../../model/onnx/read-onnx.js';
import { openSession } from '../../../model/onnx/session.js';
import { writeOnnx } from '../../../model/onnx/write-onnx.js';
import { createRng } from '../../../model/random.js';

function modelBytes(): Uint8Array {
  const graph = new Graph('small');
  const x = graph.input('x', 'float32', ['B', 'L', 2]);
  graph.output('y', matMul(x, graph.constant('w', 'float32', [2, 2], Float32Array.of(1, 2, 3, 4))));
  graph.output('z', expand(graph.scalar(1.5), ['B', 'L']));
  return new Uint8Array(Buffer.concat(writeOnnx(graph).model));
}

describe('broken files', () => {
  test('cut off anywhere', () => {
    const bytes = modelBytes();
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readOnnx(bytes.subarray(0, length), 'model.onnx'), `${length} bytes`).toThrow(
        /^model\.onnx: expected /,
      );
    }
  });

  test('with bytes changed are read or refused, nothing else', () => {
    const rng = createRng('broken onnx');
    const whole = modelBytes();
    for (let trial = 0; trial < 2000; trial++) {
      const bytes = whole.slice();
      for (let change = 0; change < 3; change++) bytes[rng.int(bytes.length)] = rng.int(256);
      try {
        readOnnx(bytes, 'model.onnx');
      } catch (error) {
        expect(error).toBeInstanceOf(ExpectationError);
      }
    }
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['a picture', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16)],
    ['text', new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\n')],
  ])('%s', (_, bytes) => {
    expect(() => readOnnx(bytes, 'model.onnx')).toThrow(/^model\.onnx: expected .+, got .+/);
  });
});

test('a session that cannot load says the file', async () => {
  await expect(openSession('no-such-model.onnx')).rejects.toThrow(/no-such-model\.onnx/);
});
