import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type Bundle, readBundle } from '../../model/bundle/read-bundle.js';
import { ExpectationError, expect } from '../../model/errors.js';
import { withFile } from '../../model/files/file-reader.js';
import { type OnnxInitializer, readOnnx } from '../../model/onnx/read-onnx.js';
import { dequantizeRows } from '../../model/precision/quantize-rows.js';
import { scaleName } from '../../model/precision/quantized-weights.js';
import { ARRAYS, type Dtype, elementCount, type Tensor } from '../../model/safetensors/tensor.js';
import { toFloats } from '../../model/safetensors/to-floats.js';
import type { Floats } from './floats.js';

/** ONNX's codes of the types that parameters are kept in. */
const DTYPES: Readonly<Record<number, Dtype>> = { 1: 'F32', 3: 'I8', 10: 'F16', 11: 'F64', 16: 'BF16' };

/** Reads what a graph keeps beside it. Only files that the manifest lists, and whose hash it gives, belong to a bundle. */
async function readExternal(bundle: Bundle, role: string, what: string, tensor: OnnxInitializer): Promise<Uint8Array> {
  const { location, offset, length } = tensor.external!;
  const path = posix.join(posix.dirname(bundle.manifest.graphs[role]!.file), location);
  const known = bundle.manifest.extraFiles?.some(({ file }) => file === path);
  expect(known, what, 'weights in one of the extraFiles of the manifest', location);
  const sound = [offset, length].every((size) => Number.isSafeInteger(size) && size >= 0);
  expect(sound, what, 'a place in its file', `offset ${offset}, length ${length}`);
  return withFile(join(bundle.dir, path), ({ read }) => read(offset, length));
}

async function readTensor(bundle: Bundle, role: string, what: string, tensor: OnnxInitializer): Promise<Tensor> {
  const bytes = tensor.data ?? (tensor.external && (await readExternal(bundle, role, what, tensor)));
  if (!bytes) throw new ExpectationError(what, 'raw bytes', 'none');
  const [dtype, shape] = [DTYPES[tensor.dtype]!, tensor.shape as number[]];
  const wanted = elementCount(shape) * ARRAYS[dtype].BYTES_PER_ELEMENT;
  expect(bytes.byteLength === wanted, what, `${wanted} bytes for ${dtype} [${shape}]`, bytes.byteLength);
  // A copy: the bytes inside the file need not be aligned. Not slice(), which a Buffer answers with a view.
  const data = new ARRAYS[dtype](new Uint8Array(bytes).buffer);
  return { dtype, shape, data } as Tensor;
}

/** A parameter as float32; 8-bit codes are multiplied by their scales. */
async function readParameter(
  bundle: Bundle,
  role: string,
  tensor: OnnxInitializer,
  others: ReadonlyMap<string, OnnxInitializer>,
): Promise<Floats> {
  const what = `bundle ${bundle.manifest.name}: ${role}: ${tensor.name}`;
  const stored = await readTensor(bundle, role, what, tensor);
  const { shape } = stored;
  if (stored.dtype !== 'I8') return { shape, data: toFloats(stored, what) };
  const scale = others.get(scaleName(tensor.name));
  const scales = scale && (await readTensor(bundle, role, `${what}: scale`, scale));
  const expected = `${shape[0]} scales in float32, one a row`;
  if (scales?.dtype !== 'F32' || scales.data.length !== shape[0])
    throw new ExpectationError(what, expected, scales ? `${scales.dtype} [${scales.shape}]` : 'none');
  return { shape, data: dequantizeRows({ codes: stored.data, scales: scales.data }) };
}

/**
 * The parameters of a bundle by name, whatever precision they are kept in, inside its graphs or beside them. Throws an ExpectationError
 * that names the bundle, and the parameter where its bytes are not what the graph says.
 */
export async function readBundleParameters(source: string): Promise<Map<string, Floats>> {
  const bundle = await readBundle(source);
  const found = new Map<string, Floats>();
  for (const role of Object.keys(bundle.manifest.graphs)) {
    const file = bundle.graphFile(role);
    const { initializers } = readOnnx(await readFile(file), file);
    const byName = new Map(initializers.map((tensor) => [tensor.name, tensor]));
    for (const tensor of initializers) {
      // Parameters have dotted names; constants and small tensors of the graph slashed ones.
      if (tensor.dtype in DTYPES && !tensor.name.includes('/'))
        found.set(tensor.name, await readParameter(bundle, role, tensor, byName));
    }
  }
  return found;
}
