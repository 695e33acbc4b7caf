import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSafetensors, readSafetensorsHeader, writeSafetensors } from '../../../model/safetensors/safetensors.js';
import type { Tensor } from '../../../model/safetensors/tensor.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A file from a header given as JSON (or as text) and raw data. */
async function rawFile(header: unknown, data: Uint8Array = new Uint8Array(0), length?: bigint): Promise<string> {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(json.length));
  const file = join(folder, 'broken.safetensors');
  await writeFile(file, Buffer.concat([prefix, json, data]));
  return file;
}

describe('writeSafetensors', () => {
  test('writes the published example byte for byte', async () => {
    const file = join(folder, 'one.safetensors');
    await writeSafetensors(file, new Map([['a', { dtype: 'F32', shape: [1], data: Float32Array.of(1) }]]));
    const json = '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  ';
    const want = Buffer.concat([
      Buffer.from([json.length, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from(json),
      Buffer.from([0, 0, 128, 63]),
    ]);
    expect((await readFile(file)).equals(want)).toBe(true);
  });

  test('gives the same bytes whatever the order of tensors and metadata', async () => {
    const entries: [string, Tensor][] = [
      ['b', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) }],
      ['a', { dtype: 'I64', shape: [1], data: BigInt64Array.of(-5n) }],
      ['c', { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) }],
    ];
    const [first, second] = [join(folder, 'x'), join(folder, 'y')];
    await writeSafetensors(first, new Map(entries), { step: '3', kind: 'model' });
    await writeSafetensors(second, new Map(entries.reverse()), { kind: 'model', step: '3' });
    expect(await readFile(first)).toEqual(await readFile(second));
  });

  test('lays every tensor at a multiple of its element size', async () => {
    const file = join(folder, 'aligned');
    await writeSafetensors(
      file,
      new Map<string, Tensor>([
        ['a', { dtype: 'BOOL', shape: [3], data: Uint8Array.of(1, 0, 1) }],
        ['b', { dtype: 'F16', shape: [1], data: Uint16Array.of(7) }],
        ['c', { dtype: 'F64', shape: [1], data: Float64Array.of(7) }],
      ]),
    );
    const { entries } = await readSafetensorsHeader(file);
    expect(entries.map(({ name, begin, end }) => [name, begin, end])).toEqual([
      ['c', 0, 8],
      ['b', 8, 10],
      ['a', 10, 13],
    ]);
  });

  test.each<[string, string, Tensor, RegExp]>([
    [
      'data shorter than the shape',
      'w',
      { dtype: 'F32', shape: [2, 3], data: new Float32Array(5) },
      /tensor w: expected 6 .*got 5/,
    ],
    [
      'an array of another type',
      'w',
      { dtype: 'F32', shape: [1], data: new Int32Array(1) } as unknown as Tensor,
      /tensor w: expected a Float32Array/,
    ],
    ['a negative dimension', 'w', { dtype: 'F32', shape: [-1], data: new Float32Array(1) }, /tensor w: shape/],
    ['the reserved name', '__metadata__', { dtype: 'U8', shape: [0], data: new Uint8Array(0) }, /__metadata__/],
  ])('refuses %s and leaves no file', async (_, name, tensor, message) => {
    const inner = await mkdtemp(join(folder, 'bad-'));
    await expect(writeSafetensors(join(inner, 'f'), new Map([[name, tensor]]))).rejects.toThrow(message);
    expect(await readdir(inner)).toEqual([]);
  });

  test('replaces a file and leaves nothing beside it', async () => {
    const inner = await mkdtemp(join(folder, 'replace-'));
    for (const value of [1, 2]) {
      await writeSafetensors(
        join(inner, 'f'),
        new Map([['a', { dtype: 'U8', shape: [], data: Uint8Array.of(value) }]]),
      );
    }
    expect(await readdir(inner)).toEqual(['f']);
    expect((await readSafetensors(join(inner, 'f'))).get('a')?.data).toEqual(Uint8Array.of(2));
  });
});

describe('readSafetensors', () => {
  test('returns every dtype, scalars, empty tensors and odd names as they were written', async () => {
    const tensors = new Map<string, Tensor>([
      ['f64', { dtype: 'F64', shape: [2], data: Float64Array.of(Math.PI, -0) }],
      ['f32', { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1.5, Number.NaN, Infinity, -2) }],
      ['f16', { dtype: 'F16', shape: [2], data: Uint16Array.of(0x3c00, 0xffff) }],
      ['bf16', { dtype: 'BF16', shape: [1], data: Uint16Array.of(0x3f80) }],
      ['i64', { dtype: 'I64', shape: [2], data: BigInt64Array.of(2n ** 62n, -1n) }],
      ['u64', { dtype: 'U64', shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) }],
      ['i32', { dtype: 'I32', shape: [1, 1, 2], data: Int32Array.of(-7, 7) }],
      ['u32', { dtype: 'U32', shape: [1], data: Uint32Array.of(2 ** 32 - 1) }],
      ['i16', { dtype: 'I16', shape: [1], data: Int16Array.of(-300) }],
      ['u16', { dtype: 'U16', shape: [1], data: Uint16Array.of(65535) }],
      ['i8', { dtype: 'I8', shape: [1], data: Int8Array.of(-128) }],
      ['u8', { dtype: 'U8', shape: [1], data: Uint8Array.of(255) }],
      ['bool', { dtype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) }],
      ['scalar', { dtype: 'F32', shape: [], data: Float32Array.of(4) }],
      ['empty', { dtype: 'F32', shape: [0, 7], data: new Float32Array(0) }],
      ['__proto__', { dtype: 'U8', shape: [1], data: Uint8Array.of(9) }],
      ['7', { dtype: 'U8', shape: [1], data: Uint8Array.of(8) }],
      ['ключ "\\\u0000', { dtype: 'U8', shape: [1], data: Uint8Array.of(7) }],
    ]);
    const file = join(folder, 'all.safetensors');
    await writeSafetensors(file, tensors, { note: 'größe' });
    const read = await readSafetensors(file);
    expect([...read.keys()].sort()).toEqual([...tensors.keys()].sort());
    for (const [name, tensor] of tensors) expect(read.get(name)).toEqual(tensor);
    expect((await readSafetensorsHeader(file)).metadata).toEqual({ note: 'größe' });
  });

  test('writes a view into a larger buffer as the view', async () => {
    const file = join(folder, 'view');
    const whole = Float32Array.of(1, 2, 3, 4);
    await writeSafetensors(file, new Map([['v', { dtype: 'F32', shape: [2], data: whole.subarray(1, 3) }]]));
    expect((await readSafetensors(file)).get('v')?.data).toEqual(Float32Array.of(2, 3));
  });

  const u8 = (begin: number, end: number, shape = [end - begin]) => ({
    dtype: 'U8',
    shape,
    data_offsets: [begin, end],
  });
  test.each<[string, unknown, number, RegExp]>([
    ['overlapping tensors', { a: u8(0, 4), b: u8(2, 6) }, 6, /tensor b: .*overlap from 2/],
    ['a hole', { a: u8(0, 2), b: u8(4, 6) }, 6, /tensor b: .*hole up to 4/],
    ['data past the end', { a: u8(0, 9) }, 6, /tensor a: expected to end within the 6 bytes/],
    ['bytes that no tensor owns', { a: u8(0, 4) }, 6, /expected 4 bytes of data.*got 6 bytes/],
    [
      'a shape that disagrees with the offsets',
      { a: u8(0, 4, [5]) },
      4,
      /tensor a: expected 5 bytes for U8 \[5\], got 4/,
    ],
    ['begin after end', { a: u8(4, 0, [0]) }, 4, /tensor a: data_offsets/],
    ['three offsets', { a: { ...u8(0, 4), data_offsets: [0, 4, 4] } }, 4, /tensor a: data_offsets/],
    ['a fractional dimension', { a: u8(0, 4, [1.5]) }, 4, /tensor a: shape/],
    ['a product beyond whole numbers', { a: u8(0, 4, [2 ** 50, 2 ** 50]) }, 4, /tensor a: shape/],
    ['an unknown dtype', { a: { ...u8(0, 4), dtype: 'F4' } }, 4, /tensor a: dtype: expected one of F64, F32.*got "F4"/],
    ['a dtype from the prototype', { a: { ...u8(0, 4), dtype: 'toString' } }, 4, /tensor a: dtype/],
    ['a tensor that is no object', { a: null }, 0, /tensor a: expected an object, got null/],
    ['metadata that is no text', { __metadata__: { n: 1 } }, 0, /__metadata__\.n: expected a string, got 1/],
    ['a header that is an array', [], 0, /header: expected a JSON object/],
    ['a header that is no JSON', '{"a":', 0, /header: expected JSON/],
  ])('refuses %s', async (_, header, dataBytes, message) => {
    await expect(readSafetensors(await rawFile(header, new Uint8Array(dataBytes)))).rejects.toThrow(message);
  });

  test.each<[string, bigint]>([
    ['longer than the file', 1000n],
    ['of 2^63', 2n ** 63n],
  ])('refuses a header length %s before allocating it', async (_, length) => {
    await expect(readSafetensors(await rawFile('{}', undefined, length))).rejects.toThrow(
      /header: expected at most 2 bytes/,
    );
  });

  test('refuses a file that is too short or not there, naming it', async () => {
    const file = join(folder, 'short');
    await writeFile(file, 'abc');
    await expect(readSafetensors(file)).rejects.toThrow(/short: expected a safetensors file, got 3 bytes/);
    await expect(readSafetensors(join(folder, 'nowhere'))).rejects.toThrow(
      /nowhere: expected a readable file, got ENOENT/,
    );
  });
});
