import { openWithModel } from '../../collection-model.js';
import type { Core } from '../../core.js';
import { type ImportTarget, importItems } from '../../items/import-items.js';
import { type ItemSource, itemSource, type RequestItem } from '../../items/item-source.js';
import { ndjsonItems } from '../../items/ndjson-items.js';
import { ResultWriter } from '../../items/result-writer.js';
import type { Input, RawHandler } from '../handler.js';
import { fieldProblem } from '../problems.js';
import { contextOf } from '../request-context.js';

function fromList(items: RequestItem[], core: Core): ItemSource[] {
  const most = core.limits.itemsPerRequest;
  if (items.length > most) throw fieldProblem('too-large', 'items', `expected at most ${most}, got ${items.length}`);
  return items.map((item, index) => itemSource(item, `items[${index}]`, core));
}

/** The items of a request, whichever of the three media types it has. */
function sourcesOf({ request, body }: Input<'addItems'>, core: Core): AsyncIterable<ItemSource> | ItemSource[] {
  if (request.is('application/x-ndjson')) return ndjsonItems(request, core.limits.jsonBytes, core);
  return fromList(body.items, core);
}

export const addItems: RawHandler<'addItems'> = async (input, core, response) => {
  const open = () => openWithModel(core, input.path.collection);
  open();
  const { id: requestId, log } = contextOf(input.request);
  const onFailure = (error: unknown): void => log.error({ err: error }, 'item failed');
  const target: ImportTarget = { open, requestId, signal: input.signal, onFailure };
  const writer = new ResultWriter(response, core.limits.bodyMs);
  await core.imports.pass(async () => {
    for await (const result of importItems(sourcesOf(input, core), target)) await writer.add(result);
  });
  writer.end();
};
