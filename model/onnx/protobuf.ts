/**
 * The Protocol Buffers wire format, as far as our files need it: varints, fixed 32-bit and 64-bit floats and length-delimited fields.
 * https://protobuf.dev/programming-guides/encoding/
 */
import { ExpectationError } from '../errors.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function varint(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return bytes;
}

/** Collects the fields of one message; `chunks` are not copied until the end, so large tensors pass through once. */
export class MessageWriter {
  readonly chunks: Uint8Array[] = [];
  size = 0;

  #push(bytes: Uint8Array): this {
    this.chunks.push(bytes);
    this.size += bytes.byteLength;
    return this;
  }

  int(field: number, value: number | bigint): this {
    return this.#push(Uint8Array.from([...varint(field << 3), ...varint(value)]));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#push(Uint8Array.from([...varint((field << 3) | 5), ...bytes]));
  }

  double(field: number, value: number): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    return this.#push(Uint8Array.from([...varint((field << 3) | 1), ...bytes]));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#push(Uint8Array.from([...varint((field << 3) | 2), ...varint(value.byteLength)]));
    return this.#push(value);
  }

  string(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value));
  }

  /** Packed repeated integers. */
  ints(field: number, values: readonly (number | bigint)[]): this {
    return this.bytes(field, Uint8Array.from(values.flatMap(varint)));
  }

  message(field: number, value: MessageWriter): this {
    this.#push(Uint8Array.from([...varint((field << 3) | 2), ...varint(value.size)]));
    // One by one: a large graph has more chunks than a call may have arguments.
    for (const chunk of value.chunks) this.chunks.push(chunk);
    this.size += value.size;
    return this;
  }
}

/** One field as read: a varint as bigint, everything else as bytes. */
export interface Field {
  number: number;
  value: bigint | Uint8Array;
}

/** Splits a message into its fields. Throws, naming `what`, when the bytes end early or a wire type is unknown. */
export function readFields(bytes: Uint8Array, what: string): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const readVarint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 63n)
        throw new ExpectationError(what, 'a whole message', `an end after ${bytes.length} bytes`);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new ExpectationError(what, `${length} more bytes`, `${bytes.length - at}`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(readVarint());
    const wire = tag & 7;
    if (wire === 0) fields.push({ number: tag >>> 3, value: readVarint() });
    else if (wire === 1) fields.push({ number: tag >>> 3, value: take(8) });
    else if (wire === 2) fields.push({ number: tag >>> 3, value: take(Number(readVarint())) });
    else if (wire === 5) fields.push({ number: tag >>> 3, value: take(4) });
    else throw new ExpectationError(what, 'wire type 0, 1, 2 or 5', String(wire));
  }
  return fields;
}

/** The text of a field. Throws when the field is an integer. */
export function textOf(value: bigint | Uint8Array): string {
  if (typeof value === 'bigint') throw new ExpectationError('protobuf field', 'bytes', `the integer ${value}`);
  return decoder.decode(value);
}
