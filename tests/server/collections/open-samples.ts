import { onTestFinished } from 'vitest';
import type { Collection, NearestHit } from '../../../server/collections/collection.js';
import { type Collections, type CollectionsOptions, openCollections } from '../../../server/collections/collections.js';
import type { Target } from '../../../server/store/item-rows.js';
import { openTokenReader, type TokenKey } from '../../../server/store/token-reader.js';
import { tempDir } from '../../fixtures/temp-dir.js';
import { MODEL } from './sample-items.js';

/** Ids of the items that hits stand for. */
export const idsOf = (samples: Collection, hits: readonly NearestHit[]): string[] =>
  hits.map(({ label }) => samples.at(label)!.id);

export interface Opened {
  dir: string;
  collections: Collections;
  samples: Collection;
  warnings: string[];
  /** Tokens as a worker reads them, [rows * D]; of an item, or at a place of the store. */
  tokens(target: Target, id: string): Uint16Array | undefined;
  tokensAt(key: TokenKey): Uint16Array | undefined;
  /** Closes and opens the same directory. */
  reopened(): Promise<Opened>;
}

/** Opens a data directory, a new one if none is given, with a collection `samples`; closed after the test. */
export async function openSamples(options: CollectionsOptions = {}, dir?: string): Promise<Opened> {
  const dataDir = dir ?? (await tempDir());
  const warnings: string[] = [];
  const collections = await openCollections(dataDir, { onWarning: (warning) => warnings.push(warning), ...options });
  const reader = openTokenReader(collections.storeDir);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= reader.close().then(() => collections.close());
    return closing;
  };
  onTestFinished(close);
  await collections.create('samples', MODEL);
  const tokensAt = (key: TokenKey): Uint16Array | undefined => {
    reader.refresh();
    return reader.read(key)?.slice();
  };
  return {
    dir: dataDir,
    collections,
    samples: collections.get('samples'),
    warnings,
    tokens: (target, id) => {
      const encoded = collections.get('samples').encoded(target, id);
      return encoded && tokensAt(encoded.tokens);
    },
    tokensAt,
    async reopened() {
      await close();
      return openSamples(options, dataDir);
    },
  };
}
