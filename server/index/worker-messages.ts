import type { IndexSettings } from './live-index.js';

/** What the worker is started with. */
export interface WorkerSetup {
  /** Folder of the cache files. */
  dir: string;
  settings: IndexSettings;
}

export type Request =
  | { type: 'open'; name: string; source: string; dimension: number }
  | { type: 'fill'; name: string; labels: number[]; sequences: number[]; vectors: Float32Array<ArrayBuffer> }
  | { type: 'ready'; name: string; sequence: number }
  | {
      type: 'apply';
      name: string;
      remove: number[];
      labels: number[];
      vectors: Float32Array<ArrayBuffer>;
      sequence: number;
    }
  | { type: 'nearest'; name: string; vector: Float32Array; k: number; efSearch?: number; allowed?: Float64Array }
  | { type: 'stats'; name: string }
  | { type: 'drop'; name: string }
  | { type: 'close' };

export interface Call {
  id: number;
  request: Request;
}

/** A failure crosses threads as its parts: classes don't survive the copy. */
export interface Failure {
  message: string;
  expectation?: { what: string; expected: string; got: string };
}

export type Reply =
  | { id: number; value: unknown }
  | { id: number; failure: Failure }
  /** Something that only costs time went wrong, such as a cache file that had to be thrown away. */
  | { warning: string };
