import { expect } from '../errors.js';
import { type FileReader, withFile } from '../files/file-reader.js';
import { writeAtomically } from '../files/write-atomically.js';
import { formatHeader, MAX_HEADER_BYTES, parseHeader, type SafetensorsHeader, type TensorEntry } from './header.js';
import { ARRAYS, elementCount, type Tensor } from './tensor.js';

export type { Dtype, Tensor } from './tensor.js';

/** One write moves at most this much: the system calls end at 2 GiB. */
const CHUNK_BYTES = 1 << 28;

async function readHeader(reader: FileReader): Promise<{ header: SafetensorsHeader; dataStart: number }> {
  const { file, size } = reader;
  expect(size >= 8, file, 'a safetensors file', `${size} bytes`);
  const length = Buffer.from((await reader.read(0, 8)).buffer).readBigUInt64LE();
  const room = BigInt(Math.min(size - 8, MAX_HEADER_BYTES));
  expect(length <= room, `${file}: header`, `at most ${room} bytes`, `a length of ${length}`);
  const json = Buffer.from((await reader.read(8, Number(length))).buffer);
  const dataStart = 8 + json.length;
  return { header: parseHeader(file, json.toString('utf8'), size - dataStart), dataStart };
}

/** Reads names, dtypes, shapes and metadata of a safetensors file without its numbers. Throws as {@link readSafetensors}. */
export function readSafetensorsHeader(file: string): Promise<SafetensorsHeader> {
  return withFile(file, async (reader) => (await readHeader(reader)).header);
}

/**
 * Reads every tensor of a safetensors file, in the order in which they lie there; each has memory of its own.
 * Throws an ExpectationError that names the file and the tensor where the header is broken, or tensors overlap, leave holes, or run
 * past the end; nothing is allocated before that is known.
 */
export function readSafetensors(file: string): Promise<Map<string, Tensor>> {
  return withFile(file, async (reader) => {
    const { header, dataStart } = await readHeader(reader);
    const tensors = new Map<string, Tensor>();
    for (const { name, dtype, shape, begin, end } of header.entries) {
      const { buffer } = await reader.read(dataStart + begin, end - begin);
      tensors.set(name, { dtype, shape, data: new ARRAYS[dtype](buffer) } as Tensor);
    }
    return tensors;
  });
}

function checkTensor(file: string, name: string, { dtype, shape, data }: Tensor): void {
  const what = `${file}: tensor ${name}`;
  expect(name !== '' && name !== '__metadata__', what, 'a name other than "" and "__metadata__"', `"${name}"`);
  expect(
    shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0),
    `${what}: shape`,
    'whole numbers',
    `[${shape}]`,
  );
  expect(data instanceof ARRAYS[dtype], what, `a ${ARRAYS[dtype].name} for ${dtype}`, data.constructor.name);
  expect(data.length === elementCount(shape), what, `${elementCount(shape)} elements for [${shape}]`, data.length);
}

/** Largest elements first, so that every tensor lies at a multiple of its element's size; then by name. */
function layOut(tensors: Map<string, Tensor>): TensorEntry[] {
  const names = [...tensors.keys()].sort();
  const elementBytes = (name: string) => tensors.get(name)!.data.BYTES_PER_ELEMENT;
  names.sort((a, b) => elementBytes(b) - elementBytes(a));
  let begin = 0;
  return names.map((name) => {
    const { dtype, shape, data } = tensors.get(name)!;
    const entry = { name, dtype, shape, begin, end: begin + data.byteLength };
    begin = entry.end;
    return entry;
  });
}

/**
 * Writes tensors and text metadata as a safetensors file that appears whole or not at all. The bytes depend on nothing but the
 * arguments: the order of the map does not matter, and no time or path is written. Throws an ExpectationError that names the tensor
 * whose data and shape or dtype disagree.
 */
export async function writeSafetensors(
  file: string,
  tensors: Map<string, Tensor>,
  metadata: Record<string, string> = {},
): Promise<void> {
  for (const [name, tensor] of tensors) checkTensor(file, name, tensor);
  const entries = layOut(tensors);
  await writeAtomically(file, async (handle) => {
    await handle.writeFile(formatHeader({ metadata, entries }));
    for (const { name } of entries) {
      const { buffer, byteOffset, byteLength } = tensors.get(name)!.data;
      for (let start = 0; start < byteLength; start += CHUNK_BYTES) {
        // FileHandle.writeFile writes on from the current position until all is written.
        await handle.writeFile(new Uint8Array(buffer, byteOffset + start, Math.min(CHUNK_BYTES, byteLength - start)));
      }
    }
  });
}
