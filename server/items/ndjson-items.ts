import type { Readable } from 'node:stream';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { namedSchema, schemaErrors } from '../http/contract-schemas.js';
import { Problem } from '../http/problems.js';
import { describe, fieldErrors } from '../http/schema-errors.js';
import { isShallow } from './is-shallow.js';
import { type ItemLimits, type ItemSource, itemSource, type RequestItem } from './item-source.js';

const NEWLINE = 0x0a;

/** The lines of a stream, without their ends; a line over the limit is null and takes no memory beyond it. */
export async function* linesOf(stream: Readable, mostBytes: number): AsyncGenerator<Uint8Array | null> {
  let parts: Buffer[] = [];
  let size = 0;
  const line = (): Uint8Array | null => {
    const whole = size > mostBytes ? null : Buffer.concat(parts);
    parts = [];
    size = 0;
    return whole;
  };
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      parts.push(chunk.subarray(start, end));
      size += end - start;
      yield line();
      start = end + 1;
    }
    size += chunk.length - start;
    if (size <= mostBytes) parts.push(chunk.subarray(start));
    else parts = [];
  }
  if (size > 0) yield line();
}

let validator: ValidateFunction<RequestItem> | undefined;

/** Compiled once, from the same schema that items in a JSON body are checked against. */
function itemValidator(): ValidateFunction<RequestItem> {
  validator ??= namedSchema<RequestItem>('NewItem');
  return validator;
}

function parseLine(line: Uint8Array | null, number: number): RequestItem {
  if (!line) throw new Problem('too-large', `line ${number}: over the size limit of one line`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
  } catch (error) {
    throw new Problem('bad-request', `line ${number}: expected JSON, got ${(error as Error).message}`);
  }
  if (!isShallow(value)) throw new Problem('bad-request', `line ${number}: nested too deep`);
  const validate = itemValidator();
  if (validate(value)) return value;
  const errors = fieldErrors(schemaErrors(validate.errors));
  throw new Problem('bad-request', `line ${number}: ${describe(errors)}`, errors);
}

const isBlank = (line: Uint8Array | null): boolean =>
  line?.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09) ?? false;

/** Items of a stream of JSON lines. A line that cannot be read is an item whose `read` throws; blank lines are none. */
export async function* ndjsonItems(
  stream: Readable,
  mostBytes: number,
  limits: ItemLimits,
): AsyncGenerator<ItemSource> {
  let number = 0;
  for await (const line of linesOf(stream, mostBytes)) {
    number++;
    if (isBlank(line)) continue;
    try {
      yield itemSource(parseLine(line, number), '', limits);
    } catch (error) {
      yield {
        id: null,
        path: '',
        read() {
          throw error;
        },
      };
    }
  }
}
