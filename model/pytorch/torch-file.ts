// What torch.save writes since PyTorch 1.6: a ZIP archive with the pickle data.pkl and each storage as an entry data/<key>.
import { ExpectationError, expect } from '../errors.js';
import { type FileReader, withFile } from '../files/file-reader.js';
import { ARRAYS, type Dtype, type Tensor } from '../safetensors/tensor.js';
import { gatherStrided, type Strided } from './strided.js';
import { type Named, unpickle } from './unpickle.js';
import { openZip, type ZipFile } from './zip-file.js';

const STORAGES: Readonly<Record<string, Dtype>> = {
  'torch.DoubleStorage': 'F64',
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
};

/** Under which names a checkpoint keeps the state dictionary beside its optimizer, epoch and settings. */
const WRAPPERS = ['state_dict', 'model', 'model_state_dict', 'module'];
const MAX_DEPTH = 4;

/** A run of numbers on which tensors are views: the entry `key` of the archive. A class, to be told from what a pickle may pass for one. */
class Storage {
  constructor(
    readonly dtype: Dtype,
    readonly key: string,
    readonly count: number,
  ) {}
}

/** A tensor as the pickle describes it; its numbers have not been read. */
class TensorView {
  constructor(
    readonly storage: Storage,
    readonly strided: Strided,
  ) {}
}

/** A value of a pickle for people. Not nested ones: a few bytes can stand for lists of lists without end. */
function spell(value: unknown): string {
  const plain = (item: unknown) =>
    typeof item === 'object' && item !== null ? 'an object' : String(item).slice(0, 60);
  return Array.isArray(value) ? `[${value.slice(0, 8).map(plain)}]` : plain(value);
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const areSizes = (value: unknown): value is number[] => Array.isArray(value) && value.every(isSize);

/** torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks): what remains of it without gradients. */
function rebuildTensor([storage, offset, shape, strides]: readonly unknown[], what: string): TensorView {
  const sound = isSize(offset) && areSizes(shape) && areSizes(strides) && shape.length === strides.length;
  const got = `offset ${spell(offset)}, sizes ${spell(shape)}, strides ${spell(strides)}`;
  expect(sound && storage instanceof Storage, what, 'a tensor over a storage', got);
  return new TensorView(storage, { offset, shape, strides });
}

function orderedDictionary([pairs = []]: readonly unknown[], what: string): Map<unknown, unknown> {
  const sound = Array.isArray(pairs) && pairs.every((pair) => Array.isArray(pair) && pair.length === 2);
  expect(sound, what, 'an OrderedDict of pairs', typeof pairs);
  return new Map(pairs as [unknown, unknown][]);
}

/** All that a state dictionary needs to call. */
const CALLS: Readonly<Record<string, (args: readonly unknown[], what: string) => unknown>> = {
  'collections.OrderedDict': orderedDictionary,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_parameter': ([tensor]) => tensor,
};

function findNamed(file: string, name: string): Named {
  if (Object.hasOwn(CALLS, name)) return { name, call: (args) => CALLS[name]!(args, `${file}: data.pkl`) };
  if (Object.hasOwn(STORAGES, name)) return { name };
  const expected = 'tensors in dictionaries, as torch.save(model.state_dict(), file) writes them';
  throw new ExpectationError(file, expected, `${name}, which is not run`);
}

/** A persistent id: ('storage', type, key, device, number of elements). */
function findStorage(file: string, id: unknown): Storage {
  const [kind, type, key, , count] = Array.isArray(id) ? id : [];
  const dtype = STORAGES[(type as Partial<Named> | null | undefined)?.name ?? ''];
  const sound = kind === 'storage' && dtype && typeof key === 'string' && isSize(count);
  expect(sound, `${file}: data.pkl`, 'a storage', spell(id));
  return new Storage(dtype, key, count);
}

const isStateDictionary = (value: unknown): value is Map<unknown, unknown> =>
  value instanceof Map && [...value.values()].some((item) => item instanceof TensorView);

/** The dictionary of tensors: the pickle's value, or what a checkpoint keeps under one of the usual names. */
function findStateDictionary(file: string, root: unknown): Map<unknown, unknown> {
  let value = root;
  for (let depth = 0; depth < MAX_DEPTH && value instanceof Map; depth++) {
    if (isStateDictionary(value)) return value;
    const inside: Map<unknown, unknown> = value;
    value = inside.get(WRAPPERS.find((name) => inside.get(name) instanceof Map));
  }
  const got = root instanceof Map ? `the keys ${spell([...root.keys()])}` : typeof root;
  throw new ExpectationError(file, `a dictionary of tensors, or one under ${WRAPPERS.join(', ')}`, got);
}

/** Reads storages as they are asked for, each once. */
class Storages {
  readonly #read = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  constructor(
    readonly zip: ZipFile,
    readonly root: string,
  ) {}

  async tensor(what: string, { storage, strided }: TensorView): Promise<Tensor> {
    const { dtype, key, count } = storage;
    const entry = `${this.root}data/${key}`;
    const wanted = count * ARRAYS[dtype].BYTES_PER_ELEMENT;
    const bytes = this.zip.sizeOf(entry);
    expect(bytes === wanted, what, `${wanted} bytes in ${entry} for ${count} elements of ${dtype}`, bytes);
    if (!this.#read.has(key)) this.#read.set(key, this.zip.read(entry));
    const elements = new ARRAYS[dtype]((await this.#read.get(key)!).buffer);
    const data = gatherStrided(elements, strided, what);
    return { dtype, shape: [...strided.shape], data } as Tensor;
  }
}

/** What a file is instead, where its first bytes tell. */
async function refuseOther(reader: FileReader): Promise<void> {
  const first = Buffer.from(await reader.read(0, Math.min(reader.size, 512)));
  if (first.toString('latin1', 0, 4) === 'PK\x03\x04') return;
  const older = first.toString('hex', 0, 4) === '80028a0a' || first.toString('latin1', 257, 262) === 'ustar';
  const got = older
    ? 'the form from before PyTorch 1.6, which is not supported: load it with torch.load and save it again, or take a .safetensors file'
    : 'something else';
  throw new ExpectationError(reader.file, 'a ZIP archive of torch.save', got);
}

async function readArchive(reader: FileReader): Promise<Map<string, Tensor>> {
  const { file } = reader;
  await refuseOther(reader);
  const zip = await openZip(reader);
  const pickle = zip.names.find((name) => /^[^/]*\/data\.pkl$/.test(name));
  expect(pickle, file, 'an archive of torch.save, with data.pkl', `one with ${zip.names.slice(0, 5).join(', ')}`);
  const root = pickle.slice(0, -'data.pkl'.length);
  expect(!zip.names.includes(`${root}constants.pkl`), file, 'a state dictionary', 'a TorchScript program');
  if (zip.names.includes(`${root}byteorder`)) {
    const order = Buffer.from(await zip.read(`${root}byteorder`)).toString('utf8');
    expect(order === 'little', file, 'little-endian numbers', order);
  }
  const value = unpickle(await zip.read(pickle), {
    what: `${file}: data.pkl`,
    find: (name) => findNamed(file, name),
    load: (id) => findStorage(file, id),
  });
  const storages = new Storages(zip, root);
  const tensors = new Map<string, Tensor>();
  for (const [name, item] of findStateDictionary(file, value)) {
    if (item instanceof TensorView && typeof name === 'string')
      tensors.set(name, await storages.tensor(`${file}: tensor ${name}`, item));
  }
  return tensors;
}

/**
 * Reads the tensors of a state dictionary that torch.save wrote (PyTorch 1.6 or newer), alone or inside a checkpoint under `state_dict`,
 * `model`, `model_state_dict` or `module`; what else the checkpoint holds is left alone. Tensors that share a storage may share memory.
 * Nothing that the pickle asks for is run. Throws an ExpectationError that names the file, and the tensor or the Python name, where the
 * file is of an older form, broken, or holds more than tensors, numbers and texts.
 */
export function readTorchFile(file: string): Promise<Map<string, Tensor>> {
  return withFile(file, readArchive);
}
