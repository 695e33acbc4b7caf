// The writes that change the rows of one item; a value left out removes the row.
import { type ItemRow, SEQUENCE_BYTES, sideKey, type Target } from './item-rows.js';
import type { Write } from './store.js';

function encodeEmbedding(sequence: number, embedding: Float32Array): Uint8Array {
  const bytes = new Uint8Array(SEQUENCE_BYTES + embedding.byteLength);
  new DataView(bytes.buffer).setFloat64(0, sequence, true);
  bytes.set(new Uint8Array(embedding.buffer, embedding.byteOffset, embedding.byteLength), SEQUENCE_BYTES);
  return bytes;
}

/** Under which label an id is found. */
export function writeLabel(collection: number, id: string, label?: number): Write {
  return { table: 'labels', key: [collection, id], value: label };
}

export function writeRow(collection: number, label: number, row?: ItemRow): Write {
  return { table: 'items', key: [collection, label], value: row };
}

export function writePicture(collection: number, label: number, bytes?: Uint8Array): Write {
  return { table: 'pictures', key: [collection, label], value: bytes };
}

const bytesOf = (halves?: Uint16Array): Uint8Array | undefined =>
  halves && new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength);

/**
 * The encoded side of an item: embedding [E], with the number of the change that wrote it, tokens (float16 bits, [rows * D]), and what is
 * prepared of a picture, if anything.
 */
export function writeSide(
  collection: number,
  target: Target,
  label: number,
  sequence: number,
  side?: { embedding: Float32Array; tokens: Uint16Array; prepared?: Uint16Array },
): Write[] {
  const key = sideKey(collection, target, label);
  return [
    { table: 'embeddings', key, value: side && encodeEmbedding(sequence, side.embedding) },
    { table: 'tokens', key, value: bytesOf(side?.tokens) },
    { table: 'prepared', key, value: bytesOf(side?.prepared) },
  ];
}
