// State dictionaries that PyTorch 2.13 wrote (tests/fixtures/*.pt), and archives that are broken or hostile.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTorchFile } from '../../../model/pytorch/torch-file.js';
import type { Tensor } from '../../../model/safetensors/tensor.js';
import { toFloats } from '../../../model/safetensors/to-floats.js';
import { pickle, torchArchive, zipArchive } from '../../fixtures/torch-archive.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskvlm-pytorch-'));
});
afterAll(() => rm(folder, { recursive: true }));

// From dist/tests/model/pytorch up to the package.
const saved = (name: string) =>
  fileURLToPath(new URL(`../../../../tests/fixtures/pytorch-${name}.pt`, import.meta.url));
async function read(bytes: Uint8Array, name = 'file.pt'): Promise<Map<string, Tensor>> {
  const file = join(folder, name);
  await writeFile(file, bytes);
  return readTorchFile(file);
}

/**
 * torch.save of an OrderedDict with _metadata; base = arange(12).reshape(3, 4) / 8, of which `turned` is the transpose, `row` base[1] and
 * `column` base[:, 2], on one storage.
 */
describe.each(['state-dict', 'protocol-5'])('a state dictionary of PyTorch itself: %s', (name) => {
  let tensors: Map<string, Tensor>;
  beforeAll(async () => {
    tensors = await readTorchFile(saved(name));
  });

  test.each<[string, Tensor['dtype'], number[], number[]]>([
    ['whole', 'F32', [3, 4], [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1, 1.125, 1.25, 1.375]],
    ['turned', 'F32', [4, 3], [0, 0.5, 1, 0.125, 0.625, 1.125, 0.25, 0.75, 1.25, 0.375, 0.875, 1.375]],
    ['row', 'F32', [4], [0.5, 0.625, 0.75, 0.875]],
    ['column', 'F32', [3], [0.25, 0.75, 1.25]],
    ['half', 'F16', [5], [1.5, -0.25, 65504, 2 ** -24, Number.POSITIVE_INFINITY]],
    // 3e38 and 1e-40, of which bfloat16 keeps seven bits and none.
    ['brain', 'BF16', [4], [1.5, -0.25, 1.765625 * 2 ** 127, 2 ** -133]],
    ['double', 'F64', [1, 2], [0.1, -0.2].map(Math.fround)],
    ['scalar', 'F32', [], [Math.fround(0.07)]],
    ['empty', 'F32', [0, 3], []],
  ])('%s is %s of shape %j', (tensor, dtype, shape, values) => {
    const found = tensors.get(tensor)!;
    expect(found).toMatchObject({ dtype, shape });
    const floats = [...toFloats(found, tensor)];
    expect(floats).toHaveLength(values.length);
    for (const [i, value] of values.entries()) expect(floats[i]! / value || 1, `${i}`).toBeCloseTo(1, 6);
  });

  test('integers and truth values keep their type, and are no weights', () => {
    expect(tensors.get('long')).toEqual({ dtype: 'I64', shape: [1, 4], data: BigInt64Array.of(0n, 1n, 2n, 3n) });
    expect(tensors.get('flags')).toEqual({ dtype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) });
    expect(() => toFloats(tensors.get('long')!, 'long')).toThrow('long: expected F32, F16, BF16 or F64, got I64');
  });
});

test('a checkpoint of PyTorch itself gives its state dictionary, whatever stands beside it', async () => {
  const tensors = await readTorchFile(saved('checkpoint'));
  expect([...tensors].map(([name, { shape }]) => [name, shape])).toEqual([
    ['weight', [3, 2]],
    ['bias', [3]],
  ]);
  expect(tensors.get('bias')!.data).toEqual(
    Float32Array.of(-0.014010033570230007, 0.5606575012207031, -0.06275151669979095),
  );
});

const one = new Map<string, Tensor>([['x', { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) }]]);
describe('the dictionary', () => {
  test.each(['state_dict', 'model', 'model_state_dict', 'module'])('is found under %s', async (key) => {
    const wrap = (inner: Buffer) => pickle.dictionary({ epoch: pickle.int(3), [key]: inner });
    expect(await read(torchArchive(one, wrap))).toEqual(one);
    expect(await read(torchArchive(one, (inner) => wrap(pickle.dictionary({ model: inner }))))).toEqual(one);
  });

  test('that is nowhere is asked for', async () => {
    const wrap = (inner: Buffer) => pickle.dictionary({ epoch: pickle.int(3), weights: inner });
    await expect(read(torchArchive(one, wrap))).rejects.toThrow(
      /file\.pt: expected a dictionary of tensors, or one under state_dict, .*, got the keys \[epoch,weights\]$/,
    );
    await expect(read(torchArchive(one, (inner) => pickle.list(inner)))).rejects.toThrow('got object');
    // A list of lists that would be 2^60 words long.
    const lists = Buffer.concat([Buffer.from(']q\0'), ...Array(60).fill(Buffer.from('](h\0h\0eq\0'))]);
    const call = Buffer.concat([lists, Buffer.from('Q')]);
    await expect(read(torchArchive(one, () => call))).rejects.toThrow('data.pkl: expected a storage, got [an object,');
    // A dictionary that holds itself: EMPTY_DICT, BINPUT 0, "model", BINGET 0, SETITEM.
    const ring = Buffer.concat([Buffer.from('}q\0'), pickle.text('model'), Buffer.from('h\0s')]);
    await expect(read(torchArchive(one, () => ring))).rejects.toThrow('got the keys [model]');
  });
});

/** An archive of one tensor x over one storage of two float32 numbers, told otherwise. */
const archive = (tensor: Buffer, parts: { name: string; bytes: Uint8Array }[] = []) =>
  zipArchive([
    { name: 'a/data.pkl', bytes: pickle.program(pickle.dictionary({ x: tensor })) },
    { name: 'a/data/0', bytes: new Uint8Array(8) },
    ...parts,
  ]);
const two = pickle.storage('FloatStorage', '0', 2);

describe('tensors and storages that do not fit are refused by name', () => {
  test.each<[string, Buffer, RegExp]>([
    ['beyond the end', pickle.tensor(two, 1, [2], [1]), /tensor x: expected elements below 2, got an element 2$/],
    ['with a stride too long', pickle.tensor(two, 0, [1, 2], [1, 7]), /expected elements below 2, got an element 7/],
    ['expanded', pickle.tensor(two, 0, [1000, 1000], [0, 0]), /at most the 2 elements of its storage, got 1000000/],
    ['before the beginning', pickle.tensor(two, -1, [1], [1]), /expected a tensor over a storage, got offset -1/],
    ['with negative strides', pickle.tensor(two, 1, [2], [-1]), /expected a tensor over a storage, .* strides \[-1\]$/],
    ['of other dimensions', pickle.tensor(two, 0, [2], [1, 1]), /expected a tensor over a storage/],
    ['over a number', pickle.tensor(pickle.int(4), 0, [1], [1]), /expected a tensor over a storage/],
    [
      'whose storage is shorter',
      pickle.tensor(pickle.storage('DoubleStorage', '0', 2), 0, [2], [1]),
      /tensor x: expected 16 bytes in a\/data\/0 for 2 elements of F64, got 8/,
    ],
    [
      'whose storage is missing',
      pickle.tensor(pickle.storage('FloatStorage', '7', 2), 0, [2], [1]),
      /expected an entry a\/data\/7, got none/,
    ],
    [
      'of a type that is no number',
      pickle.tensor(pickle.storage('QInt8Storage', '0', 2), 0, [2], [1]),
      /got torch\.QInt8Storage, which is not run$/,
    ],
  ])('%s', async (_, tensor, message) => {
    await expect(read(archive(tensor))).rejects.toThrow(message);
  });
});

describe('what is no state dictionary is refused', () => {
  test.each([
    ['os', 'system'],
    ['builtins', 'eval'],
    ['torch.nn.modules.linear', 'Linear'],
    ['argparse', 'Namespace'],
    ['constructor', 'prototype'],
  ])('a pickle that names %s.%s, which never runs', async (module, name) => {
    const call = pickle.call(pickle.global(module, name), pickle.text('touch /tmp/owned'));
    await expect(read(archive(call))).rejects.toThrow(
      `file.pt: expected tensors in dictionaries, as torch.save(model.state_dict(), file) writes them, got ${module}.${name}, which is not run`,
    );
  });

  test.each<[string, () => Promise<Uint8Array> | Uint8Array, RegExp]>([
    [
      'the form from before 1.6',
      () => Buffer.from('80028a0a6cfc9c46f9206aa850192e8002', 'hex'),
      /file\.pt: expected a ZIP archive of torch\.save, got the form from before PyTorch 1\.6, which is not supported: .*\.safetensors/,
    ],
    [
      'the tar from before 0.1.10',
      () => Buffer.concat([Buffer.alloc(257), Buffer.from('ustar'), Buffer.alloc(300)]),
      /got the form from before PyTorch 1\.6/,
    ],
    [
      'another file',
      () => Buffer.from('GIF89a and so on'),
      /expected a ZIP archive of torch\.save, got something else/,
    ],
    ['an empty file', () => new Uint8Array(0), /got something else/],
    [
      'another archive',
      () => zipArchive([{ name: 'word/a.xml', bytes: Buffer.from('<a/>') }]),
      /with data\.pkl, got one with word\/a\.xml/,
    ],
    [
      'a TorchScript program',
      () => archive(pickle.tensor(two, 0, [2], [1]), [{ name: 'a/constants.pkl', bytes: new Uint8Array(1) }]),
      /got a TorchScript program/,
    ],
    [
      'big-endian numbers',
      () => archive(pickle.tensor(two, 0, [2], [1]), [{ name: 'a/byteorder', bytes: Buffer.from('big') }]),
      /expected little-endian numbers, got big/,
    ],
    [
      'a file that was cut off',
      async () => (await readFile(saved('state-dict'))).subarray(0, 3000),
      /expected a whole ZIP archive, got one without an end/,
    ],
  ])('%s', async (_, bytes, message) => {
    await expect(read(await bytes())).rejects.toThrow(message);
  });

  test('a file that is not there, or a folder', async () => {
    await expect(readTorchFile(join(folder, 'none.pt'))).rejects.toThrow(
      'none.pt: expected a readable file, got ENOENT',
    );
    await expect(readTorchFile(folder)).rejects.toThrow(`${folder}: expected a file, got a folder`);
  });

  test('a file with any byte changed, if it cannot be read: never anything but a clear error', async () => {
    const sound = await readFile(saved('checkpoint'));
    for (let at = 0; at < sound.length; at += 7) {
      const broken = Buffer.from(sound);
      broken[at]! ^= 0x55;
      const error = await read(broken, 'broken.pt').then(
        () => null,
        (reason: Error) => reason,
      );
      if (error)
        expect([error.name, error.message], `byte ${at}`).toEqual([
          'ExpectationError',
          expect.stringMatching(/broken\.pt.*: expected .+, got /s),
        ]);
    }
  });
});
