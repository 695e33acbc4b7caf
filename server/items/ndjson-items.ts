import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { checkSchema } from '../http/check-schema.js';
import { namedSchema } from '../http/contract-schemas.js';
import { type ItemLimits, type ItemSource, itemSource, type RequestItem } from './item-source.js';
import { isBlank, linesOf, parseLine } from './ndjson-lines.js';

/** The item of a line with this number, null being one over the limit; a line that cannot be read is an item whose `read` throws. */
export function itemOfLine(
  line: Uint8Array | null,
  number: number,
  from: ItemLimits,
  newId: () => string = randomUUID,
): ItemSource {
  try {
    const value = parseLine(line, number);
    const item = checkSchema(namedSchema<RequestItem>('NewItem'), value, { prefix: `line ${number}: ` });
    return itemSource({ ...item, id: item.id ?? newId() }, '', from);
  } catch (error) {
    return { id: null, path: '', read: () => Promise.reject(error) };
  }
}

/** Items of a stream of JSON lines; blank lines are none. */
export async function* ndjsonItems(stream: Readable, mostBytes: number, from: ItemLimits): AsyncGenerator<ItemSource> {
  let number = 0;
  for await (const { line } of linesOf(stream, mostBytes)) {
    number++;
    if (!isBlank(line)) yield itemOfLine(line, number, from);
  }
}
