// The rows of one collection's items: what stands in them, under which keys, and how numbers become bytes.

export type Target = 'image' | 'text';
export const TARGETS: readonly Target[] = ['image', 'text'];

export interface StoredPictureInfo {
  mediaType: string;
  width: number;
  height: number;
  bytes: number;
}

/** What an item is, without its picture, embeddings and tokens. Times are ISO 8601. */
export interface ItemRow {
  id: string;
  caption?: string;
  metadata?: Record<string, unknown>;
  picture?: StoredPictureInfo;
  /** Number of token rows per side; the side is absent where nothing was encoded. */
  image?: { rows: number };
  text?: { rows: number };
  createdAt: string;
  updatedAt: string;
}

/** Embeddings in label order, ready for an index; `sequences` says with which change each was written. */
export interface EmbeddingPage {
  labels: number[];
  sequences: number[];
  /** [labels, E]. */
  vectors: Float32Array<ArrayBuffer>;
}

/** An embedding is kept behind the number of the change that wrote it, a float64. */
export const SEQUENCE_BYTES = 8;

/** The key of what an item has once per side; the target by its place in {@link TARGETS}. */
export type SideKey = [collection: number, target: number, label: number];

export function sideKey(collection: number, target: Target, label: number): SideKey {
  return [collection, TARGETS.indexOf(target), label];
}
