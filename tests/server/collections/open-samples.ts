import { onTestFinished } from 'vitest';
import type { Collection } from '../../../server/collections/collection.js';
import { type Collections, type CollectionsOptions, openCollections } from '../../../server/collections/collections.js';
import { tempDir } from '../../fixtures/temp-dir.js';
import { MODEL } from './sample-items.js';

export interface Opened {
  dir: string;
  collections: Collections;
  samples: Collection;
  warnings: string[];
  /** Closes and opens the same directory. */
  reopened(): Promise<Opened>;
}

/** Opens a data directory, a new one if none is given, with a collection `samples`; closed after the test. */
export async function openSamples(options: CollectionsOptions = {}, dir?: string): Promise<Opened> {
  const dataDir = dir ?? (await tempDir());
  const warnings: string[] = [];
  const collections = await openCollections(dataDir, { onWarning: (warning) => warnings.push(warning), ...options });
  onTestFinished(() => collections.close());
  await collections.create('samples', MODEL);
  return {
    dir: dataDir,
    collections,
    samples: collections.get('samples'),
    warnings,
    async reopened() {
      await collections.close();
      return openSamples(options, dataDir);
    },
  };
}
