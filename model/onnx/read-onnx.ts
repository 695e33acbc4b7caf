/** Reads the structure of an ONNX file: interface, operators and weights. Field numbers are those of onnx.proto3. */
import { ExpectationError } from '../errors.js';
import type { Dim } from '../graph/value.js';
import { type Field, readFields, textOf } from './protobuf.js';

export interface OnnxTensorInfo {
  name: string;
  /** ONNX's code of the element type: 1 float32, 2 uint8, 3 int8, 6 int32, 7 int64, 9 bool, 10 float16. */
  dtype: number;
  shape: Dim[];
}

export interface OnnxInitializer extends OnnxTensorInfo {
  /** The bytes of the tensor where they are inside the file. */
  data?: Uint8Array;
  /** Where the bytes lie otherwise. */
  external?: { location: string; offset: number; length: number };
}

export interface OnnxSummary {
  irVersion: number;
  opset: number;
  name: string;
  inputs: OnnxTensorInfo[];
  outputs: OnnxTensorInfo[];
  nodes: { op: string; name: string; inputs: string[]; outputs: string[] }[];
  initializers: OnnxInitializer[];
}

const message = (field: Field, what: string): Field[] => {
  if (typeof field.value === 'bigint') throw new ExpectationError(what, 'a message', 'an integer');
  return readFields(field.value, what);
};
const all = (fields: Field[], number: number): Field[] => fields.filter((field) => field.number === number);
const text = (fields: Field[], number: number): string => {
  const field = fields.find((candidate) => candidate.number === number);
  return field ? textOf(field.value) : '';
};
const int = (fields: Field[], number: number): number =>
  Number(fields.find((field) => field.number === number)?.value ?? 0);

function tensorInfo(fields: Field[], what: string): OnnxTensorInfo {
  const name = text(fields, 1);
  const type = all(fields, 2)
    .flatMap((field) => all(message(field, what), 1))
    .flatMap((field) => message(field, what));
  const shape = all(type, 2)
    .flatMap((field) => all(message(field, what), 1))
    .map((field): Dim => {
      const dim = message(field, what);
      return text(dim, 2) || int(dim, 1);
    });
  return { name, dtype: int(type, 1), shape };
}

function packedInts(fields: Field[], number: number): number[] {
  return all(fields, number).flatMap(({ value }) => {
    if (typeof value === 'bigint') return [Number(value)];
    const out: number[] = [];
    let current = 0n;
    let shift = 0n;
    for (const byte of value) {
      current |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte < 0x80) {
        out.push(Number(BigInt.asIntN(64, current)));
        current = 0n;
        shift = 0n;
      }
    }
    return out;
  });
}

function initializer(fields: Field[], what: string): OnnxInitializer {
  const entries = new Map(
    all(fields, 13).map((field) => [text(message(field, what), 1), text(message(field, what), 2)] as const),
  );
  const location = entries.get('location');
  const data = fields.find((field) => field.number === 9)?.value;
  if (typeof data === 'bigint') throw new ExpectationError(what, 'bytes of a tensor', `the integer ${data}`);
  const info = { name: text(fields, 8), dtype: int(fields, 2), shape: packedInts(fields, 1) };
  if (!location) return { ...info, data };
  return {
    ...info,
    external: { location, offset: Number(entries.get('offset') ?? 0), length: Number(entries.get('length') ?? 0) },
  };
}

/** Parses a ModelProto. Throws, naming `what`, when the bytes are no ONNX model. */
export function readOnnx(bytes: Uint8Array, what = 'ONNX file'): OnnxSummary {
  const model = readFields(bytes, what);
  const graphField = model.find((field) => field.number === 7);
  if (!graphField) throw new ExpectationError(what, 'a graph', 'none');
  const graph = message(graphField, what);
  const opset = Math.max(0, ...all(model, 8).map((field) => int(message(field, what), 2)));
  if (opset === 0) throw new ExpectationError(what, 'a version of the operators', 'none');
  return {
    irVersion: int(model, 1),
    opset,
    name: text(graph, 2),
    inputs: all(graph, 11).map((field) => tensorInfo(message(field, what), what)),
    outputs: all(graph, 12).map((field) => tensorInfo(message(field, what), what)),
    nodes: all(graph, 1).map((field) => {
      const node = message(field, what);
      return {
        op: text(node, 4),
        name: text(node, 3),
        inputs: all(node, 1).map((f) => textOf(f.value)),
        outputs: all(node, 2).map((f) => textOf(f.value)),
      };
    }),
    initializers: all(graph, 5).map((field) => initializer(message(field, what), what)),
  };
}
