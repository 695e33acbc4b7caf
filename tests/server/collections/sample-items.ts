import { createRng } from '../../../model/random.js';
import type { StoredItem, StoredSide } from '../../../server/collections/stored-item.js';

export const EMBEDDING_SIZE = 16;
export const MODEL = { model: 'sample', modelId: 'abc123', embeddingSize: EMBEDDING_SIZE };

/** An encoded side with a direction, tokens and number of rows that follow from the seed. */
export function encoded(seed: number): StoredSide {
  const random = createRng(seed).next;
  const rows = 1 + (seed % 4);
  return {
    embedding: Float32Array.from({ length: EMBEDDING_SIZE }, () => random() - 0.5),
    tokens: Uint16Array.from({ length: rows * 8 }, () => Math.floor(random() * 65536)),
    rows,
  };
}

/** An item with everything, made from a seed. */
export function sampleItem(id: string, seed: number): StoredItem {
  return {
    id,
    caption: `caption ${seed}`,
    metadata: { seed, colour: seed % 2 === 0 ? 'red' : 'blue' },
    picture: { bytes: new Uint8Array(3000).fill(seed), mediaType: 'image/png', width: 10, height: 20 },
    image: encoded(seed),
    text: encoded(seed + 1_000_000),
  };
}
