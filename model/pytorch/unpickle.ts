// Pickles, as far as PyTorch's state dictionaries need them: protocols 2 to 5. Reading one builds plain values and calls nothing but
// the functions that the caller lists. https://docs.python.org/3/library/pickletools.html
import { ExpectationError } from '../errors.js';

/** Something that a pickle refers to by its Python name. */
export interface Named {
  name: string;
  /** What it gives for arguments; without it, it can be handed around but not called. */
  call?: (args: readonly unknown[]) => unknown;
}

/** What a pickle may refer to. Everything else in it is plain. */
export interface PickleContext {
  /** Named in errors. */
  what: string;
  /** The thing of this full Python name, such as `collections.OrderedDict`. Throws where it is not allowed. */
  find(name: string): Named;
  /** What lies outside the pickle under this id. */
  load(id: unknown): unknown;
}

const utf8 = new TextDecoder();

/** The stack machine that a pickle is a program for. Dictionaries become Maps, lists and tuples arrays. */
class Machine {
  readonly #view: DataView;
  readonly #memo = new Map<number, unknown>();
  #stack: unknown[] = [];
  /** The stacks below the marks. */
  readonly #below: unknown[][] = [];
  #at = 0;

  constructor(
    readonly bytes: Uint8Array,
    readonly context: PickleContext,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  fail(expected: string, got: string): never {
    throw new ExpectationError(`${this.context.what}, byte ${this.#at}`, expected, got);
  }

  /** The place of the next `length` bytes, which are read with it. */
  skip(length: number): number {
    const at = this.#at;
    if (at + length > this.bytes.length) this.fail(`${length} more bytes`, `${this.bytes.length - at}`);
    this.#at += length;
    return at;
  }

  uint8 = () => this.#view.getUint8(this.skip(1));
  uint16 = () => this.#view.getUint16(this.skip(2), true);
  uint32 = () => this.#view.getUint32(this.skip(4), true);
  int32 = () => this.#view.getInt32(this.skip(4), true);
  uint64 = () => Number(this.#view.getBigUint64(this.skip(8), true));
  float64 = () => this.#view.getFloat64(this.skip(8));

  take(length: number): Uint8Array {
    const at = this.skip(length);
    return this.bytes.subarray(at, at + length);
  }

  text = (length: number): string => utf8.decode(this.take(length));

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.#at);
    if (end < 0) this.fail('the end of a line', 'the end of the pickle');
    const text = this.text(end - this.#at);
    this.skip(1);
    return text;
  }

  /** A little-endian two's complement integer: a number where that is exact, else a bigint. */
  long(length: number): number | bigint {
    let value = 0n;
    for (const byte of this.take(length).toReversed()) value = (value << 8n) | BigInt(byte);
    const signed = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }

  push = (value: unknown): void => void this.#stack.push(value);

  pop(): unknown {
    if (this.#stack.length === 0) this.fail('a value on the stack', 'none');
    return this.#stack.pop();
  }

  top(): unknown {
    const value = this.pop();
    this.push(value);
    return value;
  }

  mark(): void {
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  /** Everything above the last mark. */
  popMark(): unknown[] {
    const values = this.#stack;
    this.#stack = this.#below.pop() ?? this.fail('a mark', 'none');
    return values;
  }

  remember = (key: number = this.#memo.size): void => void this.#memo.set(key, this.top());

  recall(key: number): void {
    if (!this.#memo.has(key)) this.fail(`a remembered value ${key}`, 'none');
    this.push(this.#memo.get(key));
  }
}

function store(machine: Machine, pairs: unknown[]): void {
  const target = machine.top();
  if (!(target instanceof Map) || pairs.length % 2 !== 0) machine.fail('keys and values of a dictionary', 'others');
  for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i], pairs[i + 1]);
}

function append(machine: Machine, values: unknown[]): void {
  const target = machine.top();
  if (!Array.isArray(target)) machine.fail('a list', 'another target');
  for (const value of values) target.push(value);
}

function reduce(machine: Machine): void {
  const args = machine.pop();
  const callee = machine.pop() as Partial<Named> | null;
  if (typeof callee?.call !== 'function' || !Array.isArray(args))
    machine.fail('a function that state dictionaries call', String(callee?.name ?? typeof callee));
  machine.push(callee.call(args));
}

/** Sets attributes. Those of a dictionary (a state dictionary's versions of its modules) say nothing about the tensors. */
function build(machine: Machine): void {
  machine.pop();
  if (!(machine.top() instanceof Map)) machine.fail('attributes of a dictionary only', 'those of another object');
}

function findGlobal(machine: Machine, module: unknown, name: unknown): void {
  if (typeof module !== 'string' || typeof name !== 'string') machine.fail('the name of a function', typeof module);
  machine.push(machine.context.find(`${module}.${name}`));
}

function tuple(machine: Machine, length: number): void {
  machine.push(Array.from({ length }, () => machine.pop()).reverse());
}

/** What each opcode does; the names are those of pickletools. */
const OPCODES: Readonly<Record<number, (machine: Machine) => void>> = {
  128: (m) => {
    const protocol = m.uint8(); // PROTO
    if (protocol < 2 || protocol > 5) m.fail('pickle protocol 2 to 5', String(protocol));
  },
  149: (m) => void m.skip(8), // FRAME
  40: (m) => m.mark(), // MARK
  48: (m) => void m.pop(), // POP
  78: (m) => m.push(null), // NONE
  136: (m) => m.push(true), // NEWTRUE
  137: (m) => m.push(false), // NEWFALSE
  74: (m) => m.push(m.int32()), // BININT
  75: (m) => m.push(m.uint8()), // BININT1
  77: (m) => m.push(m.uint16()), // BININT2
  138: (m) => m.push(m.long(m.uint8())), // LONG1
  71: (m) => m.push(m.float64()), // BINFLOAT
  88: (m) => m.push(m.text(m.uint32())), // BINUNICODE
  140: (m) => m.push(m.text(m.uint8())), // SHORT_BINUNICODE
  141: (m) => m.push(m.text(m.uint64())), // BINUNICODE8
  67: (m) => m.push(m.take(m.uint8())), // SHORT_BINBYTES
  66: (m) => m.push(m.take(m.uint32())), // BINBYTES
  125: (m) => m.push(new Map()), // EMPTY_DICT
  115: (m) => store(m, [m.pop(), m.pop()].reverse()), // SETITEM
  117: (m) => store(m, m.popMark()), // SETITEMS
  93: (m) => m.push([]), // EMPTY_LIST
  97: (m) => append(m, [m.pop()]), // APPEND
  101: (m) => append(m, m.popMark()), // APPENDS
  41: (m) => m.push([]), // EMPTY_TUPLE
  133: (m) => tuple(m, 1), // TUPLE1
  134: (m) => tuple(m, 2), // TUPLE2
  135: (m) => tuple(m, 3), // TUPLE3
  116: (m) => m.push(m.popMark()), // TUPLE
  113: (m) => m.remember(m.uint8()), // BINPUT
  114: (m) => m.remember(m.uint32()), // LONG_BINPUT
  148: (m) => m.remember(), // MEMOIZE
  104: (m) => m.recall(m.uint8()), // BINGET
  106: (m) => m.recall(m.uint32()), // LONG_BINGET
  99: (m) => findGlobal(m, m.line(), m.line()), // GLOBAL
  147: (m) => {
    const name = m.pop(); // STACK_GLOBAL
    findGlobal(m, m.pop(), name);
  },
  81: (m) => m.push(m.context.load(m.pop())), // BINPERSID
  82: reduce, // REDUCE
  98: build, // BUILD
};
const STOP = 46;

/**
 * The value that a pickle stands for: dictionaries as Maps, lists and tuples as arrays, integers as numbers where those are exact, else
 * as bigints. Throws an ExpectationError that names `context.what` and the byte where the pickle is broken or needs more than the context
 * allows.
 */
export function unpickle(bytes: Uint8Array, context: PickleContext): unknown {
  const machine = new Machine(bytes, context);
  for (;;) {
    const code = machine.uint8();
    if (code === STOP) return machine.pop();
    const run = OPCODES[code] ?? machine.fail('an opcode that state dictionaries use', `0x${code.toString(16)}`);
    run(machine);
  }
}
