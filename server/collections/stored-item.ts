import type { ItemRow, Target } from '../store/item-rows.js';

export type { Target };

/** One side of an item, encoded and as it is stored. */
export interface StoredSide {
  /** [E]. */
  embedding: Float32Array;
  /** Float16 bits, [rows * D]. */
  tokens: Uint16Array;
  rows: number;
  /** What the matcher needs of a picture whatever the text is, float16 bits; kept only to save time. */
  prepared?: Uint16Array;
}

export interface StoredPicture {
  bytes: Uint8Array;
  mediaType: string;
  width: number;
  height: number;
}

export type Metadata = Record<string, unknown>;

/** An item as it is put; its arrays must not change until the put has resolved. */
export interface StoredItem {
  id: string;
  caption?: string;
  metadata?: Metadata;
  picture?: StoredPicture;
  image?: StoredSide;
  text?: StoredSide;
}

/** An item as another collection has it: under the same label, and as old. */
export interface PlacedItem extends StoredItem {
  label: number;
  createdAt: string;
  updatedAt: string;
}

/** Parts to replace; null removes one, an absent one stays. */
export type ItemChange = { [Part in keyof Omit<StoredItem, 'id'>]?: StoredItem[Part] | null };

/** An item as it is read, without its bytes. */
export type ItemRecord = ItemRow;
