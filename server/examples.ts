import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Bundle } from '../model/bundle/read-bundle.js';
import { createCollection, openWithModel } from './collection-model.js';
import type { Core } from './core.js';
import { importItems } from './items/import-items.js';
import type { ItemSource } from './items/item-source.js';
import { readPictureList } from './items/picture-list.js';

export const EXAMPLES = 'examples';

async function* readExamples(list: string): AsyncGenerator<ItemSource> {
  for await (const { file, ...item } of readPictureList(list)) {
    const picture = await readFile(file);
    yield { id: item.id, path: item.id, read: async () => ({ ...item, picture }) };
  }
}

/**
 * Fills the collection `examples` with the pictures shipped beside a bundle, so that a first search finds something. Does nothing where
 * the bundle has none.
 */
export async function addExamples(core: Core, { dir, manifest }: Bundle, log: Logger): Promise<void> {
  const list = join(dir, 'examples', 'examples.jsonl');
  if (!existsSync(list) || !manifest.tasks.includes('retrieval')) return;
  const begun = core.collections.list().find(({ name }) => name === EXAMPLES);
  if (begun && begun.modelId !== manifest.id) return log.warn('examples stay as another bundle has begun them');
  await createCollection(core, EXAMPLES, { description: 'Pictures that come with the server', model: manifest.name });
  const onFailure = (err: unknown): void => log.error({ err }, 'example failed');
  const target = { open: () => openWithModel(core, EXAMPLES), requestId: EXAMPLES, onFailure };
  let items = 0;
  for await (const { id, status, error } of importItems(readExamples(list), target)) {
    if (status === 'error') log.error({ id, error }, 'example was not added');
    else items++;
  }
  log.info({ items }, 'examples added');
}
