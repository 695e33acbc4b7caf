import { describe, expect, test } from 'vitest';
import { ExpectationError } from '../../../model/errors.js';
import { type PickleContext, unpickle } from '../../../model/pytorch/unpickle.js';
import { pickle } from '../../fixtures/torch-archive.js';

const context: PickleContext = {
  what: 'x.pkl',
  find(name) {
    if (name === 'math.sum') return { name, call: (args) => (args as number[]).reduce((sum, x) => sum + x, 0) };
    if (name === 'torch.FloatStorage') return { name };
    throw new ExpectationError('x.pkl', 'what is allowed', name);
  },
  load: (id) => ({ id }),
};
const read = (bytes: Uint8Array) => unpickle(Uint8Array.from(bytes), context);
const program = (...parts: (string | Uint8Array)[]) =>
  read(pickle.program(...parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))));

const INTEGERS = [1, -2, 300, 70000, 2 ** 40, 2n ** 70n, -(2 ** 40), -1];
const SHARED = ['xxx', 'xxx', ['xxx']];
const MIXED = [
  null,
  true,
  false,
  1.5,
  'é',
  Uint8Array.from(Buffer.from('ab')),
  new Map([['a', new Map([['b', []]])]]),
  [],
  [1],
  [1, 2],
  [1, 2, 3],
  [1, 2, 3, 4],
];

describe('what pickle.dumps of Python writes is read', () => {
  test.each<[string, number, unknown, string]>([
    [
      'integers',
      2,
      INTEGERS,
      '8002284b014afeffffff4d2c014a701101008a060000000000018a090000000000000000408a060000000000ff4affffffff7471002e',
    ],
    [
      'integers',
      5,
      INTEGERS,
      '8005953300000000000000284b014afeffffff4d2c014a701101008a060000000000018a090000000000000000408a060000000000ff4affffffff74942e',
    ],
    [
      'a list of all kinds',
      4,
      MIXED,
      '80049549000000000000005d94284e8889473ff80000000000008c02c3a99443026162947d948c0161947d948c0162945d947373294b0185944b014b0286944b014b024b038794284b014b024b034b047494652e',
    ],
    ['a text used thrice', 2, SHARED, '80025d7100285803000000787878710168015d7102680161652e'],
    ['a text used thrice', 4, SHARED, '80049512000000000000005d94288c037878789468015d94680161652e'],
    [
      'a dictionary',
      2,
      new Map([
        [0, 0],
        [1, 1],
        [2, 2],
      ]),
      '80027d7100284b004b004b014b014b024b02752e',
    ],
  ])('%s in protocol %d', (_name, _protocol, value, hex) => {
    expect(read(Buffer.from(hex, 'hex'))).toEqual(value);
  });
});

describe('names', () => {
  test('that are allowed are called, with plain arguments', () => {
    expect(program(pickle.call(pickle.global('math', 'sum'), pickle.int(2), pickle.int(40)))).toBe(42);
    const stacked = [pickle.text('math'), pickle.text('sum'), '\x93', pickle.tuple(pickle.int(7)), 'R'];
    expect(program(...stacked)).toBe(7);
  });

  test('that are not allowed are refused before anything is called', () => {
    expect(() => program(pickle.global('os', 'system'))).toThrow('x.pkl: expected what is allowed, got os.system');
  });

  test('outside the pickle are asked for', () => {
    expect(program(pickle.text('it'), 'Q')).toEqual({ id: 'it' });
  });
});

test('attributes of a dictionary are left out', () => {
  expect(program('}', pickle.dictionary({ _metadata: pickle.int(1) }), 'b')).toEqual(new Map());
});

describe('refuses, saying where', () => {
  test.each<[string, (string | Uint8Array)[], RegExp]>([
    ['an opcode of other objects (OBJ)', ['(o'], /^x\.pkl, byte 4: expected an opcode that .* use, got 0x6f$/],
    ['NEWOBJ', [pickle.global('torch', 'FloatStorage'), ')\x81'], /opcode .* got 0x81$/],
    [
      'a call of what is only a name',
      [pickle.call(pickle.global('torch', 'FloatStorage'))],
      /got torch\.FloatStorage$/,
    ],
    ['a call of a text', [pickle.call(pickle.text('eval'), pickle.text('1'))], /a function .*, got string$/],
    ['a call of a dictionary with a method', [pickle.call(pickle.dictionary({ call: pickle.int(1) }))], /a function/],
    ['arguments that are none', [pickle.global('math', 'sum'), pickle.int(1), 'R'], /a function .*, got math\.sum$/],
    ['attributes of a list', [']}b'], /expected attributes of a dictionary only/],
    ['a key without a value', ['}(', pickle.text('a'), 'u'], /expected keys and values of a dictionary/],
    ['items of what is no dictionary', [']', pickle.text('a'), pickle.int(1), 's'], /keys and values of a dictionary/],
    ['items of what is no list', ['}', pickle.int(1), 'a'], /expected a list, got another target/],
    ['an empty stack', ['0'], /expected a value on the stack, got none/],
    ['a missing mark', ['t'], /expected a mark, got none/],
    ['a value that was never remembered', ['h\x07'], /expected a remembered value 7, got none/],
    ['a text that is cut off', ['X\xff\xff\xff\x7fabc'], /expected 2147483647 more bytes, got 4$/],
    ['a name that is cut off', ['cmath\nsum'], /expected the end of a line/],
    ['a name that is a list', [']', pickle.text('x'), '\x93'], /expected the name of a function, got object/],
    ['protocol 6', ['\x80\x06'], /expected pickle protocol 2 to 5, got 6/],
  ])('%s', (_, parts, message) => {
    expect(() => program(...parts)).toThrow(message);
  });

  test('a pickle that does not stop', () => {
    expect(() => read(Buffer.from([0x80, 2]))).toThrow('x.pkl, byte 2: expected 1 more bytes, got 0');
  });
});
