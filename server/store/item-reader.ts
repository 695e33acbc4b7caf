import { type EmbeddingPage, type ItemRow, SEQUENCE_BYTES, sideKey, type Target } from './item-rows.js';
import type { Store } from './store.js';

/** lmdb reads into one buffer that the next read overwrites: this copies the value into memory of its own, once. */
function ownBytes(value: Uint8Array | undefined): Uint8Array<ArrayBuffer> | undefined {
  if (!value) return undefined;
  const own = new Uint8Array(value.length);
  own.set(new Uint8Array(value.buffer, value.byteOffset, value.length));
  return own;
}

function embeddingPage(entries: { label: number; value: Uint8Array }[], embeddingSize: number): EmbeddingPage {
  const vectors = new Float32Array(entries.length * embeddingSize);
  const into = new Uint8Array(vectors.buffer);
  const sequences = entries.map(({ value }, i) => {
    into.set(value.subarray(SEQUENCE_BYTES), i * embeddingSize * 4);
    return new DataView(value.buffer, value.byteOffset).getFloat64(0, true);
  });
  return { labels: entries.map(({ label }) => label), sequences, vectors };
}

/** Reads the rows of the collection with this number; `embeddingSize` is E. */
export function itemReader(store: Store, collection: number, embeddingSize: number) {
  const { labels, items, pictures, embeddings } = store.tables;
  return {
    label: (id: string) => labels.get([collection, id]) as number | undefined,
    row: (label: number) => items.get([collection, label]) as ItemRow | undefined,
    picture: (label: number) => ownBytes(pictures.getBinaryFast([collection, label])),

    /** [E]. */
    embedding(target: Target, label: number): Float32Array<ArrayBuffer> | undefined {
      const bytes = ownBytes(embeddings.getBinaryFast(sideKey(collection, target, label)));
      return bytes && new Float32Array(bytes.buffer, SEQUENCE_BYTES);
    },

    /** Up to `limit` rows with a label above `after`, in label order. */
    rowsAfter(after: number, limit: number): { label: number; row: ItemRow }[] {
      const range = items.getRange({ start: [collection, after + 1], end: [collection + 1], limit });
      return [...range].map(({ key, value }) => ({ label: key[1] as number, row: value as ItemRow }));
    },

    /** Up to `limit` embeddings with a label above `after`, in label order. */
    embeddingsAfter(target: Target, after: number, limit: number): EmbeddingPage {
      const start = sideKey(collection, target, after + 1);
      const range = embeddings.getRange({ start, end: sideKey(collection, target, Infinity), limit });
      return embeddingPage(
        [...range].map(({ key, value }) => ({ label: key[2] as number, value })),
        embeddingSize,
      );
    },
  };
}

export type ItemReader = ReturnType<typeof itemReader>;
