import { readKarpathy } from './karpathy.js';
import type { PairRecord } from './records.js';

/** Where one data set lies, all paths absolute. */
export interface DataFiles {
  annotations: string;
  questions?: string | undefined;
  images: string;
  split: string;
}

/** Reads the pictures and texts of one split, in file order; whether the pictures exist is checked by readData. */
export type PairReader = (files: DataFiles) => Promise<PairRecord[]>;

/** Every annotation format that a recipe or the command line may name, and its reader. */
export const FORMATS = {
  karpathy: readKarpathy,
} satisfies Record<string, PairReader>;

export type FormatName = keyof typeof FORMATS;
