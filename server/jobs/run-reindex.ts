import type { ItemSource, NewSides } from '../collections/copy-items.js';
import { problemOf } from '../http/problem-of.js';
import { encodeSides } from '../items/encode-sides.js';
import { NOTHING_DONE, type ReindexRequest } from './job.js';
import type { JobRun } from './job-run.js';
import { failedResult, ResultFiles } from './result-files.js';

/**
 * Encodes a collection anew with another model, which answers once all is done. An item whose picture that model cannot use keeps it, but is
 * not found by it; the errors of the job say so.
 */
export async function runReindex(run: JobRun<ReindexRequest>): Promise<void> {
  const { core, request, signal, id } = run;
  const model = core.inference.model(request.model, 'retrieval');
  const { name, id: modelId } = model.manifest;
  // A rebuild that was interrupted left nothing that could be gone on with.
  const counts = { total: core.collections.get(request.collection).info().items, completed: 0, failed: 0 };
  await run.saved({ counts, checkpoint: NOTHING_DONE });
  const results = await ResultFiles.open(run.dir, NOTHING_DONE);
  const failed = new Set<number>();
  const encode = async (items: ItemSource[]): Promise<NewSides[]> => {
    const parts = items.map(({ picture, record }) => ({ picture: picture?.bytes, caption: record.caption }));
    const target = { model, collection: core.collections.get(request.collection) };
    const sides = await encodeSides(parts, target, { signal, priority: 'import' });
    for (const [index, { error }] of sides.entries()) {
      const { label, record } = items[index]!;
      if (!error || failed.has(label)) continue;
      failed.add(label);
      results.add(failedResult(record.id, problemOf(error), id));
    }
    return sides;
  };
  let copied = 0;
  const save = async (): Promise<void> => {
    const total = Math.max(counts.total, copied);
    const checkpoint = { ...NOTHING_DONE, ...(await results.flush()) };
    await run.saved({
      counts: { total, completed: Math.max(0, copied - failed.size), failed: failed.size },
      checkpoint,
    });
  };
  const onCopied = (count: number): Promise<void> => {
    copied += count;
    return save();
  };
  try {
    const to = { model: name, modelId, embeddingSize: model.embeddingSize };
    await core.collections.rebuild(request.collection, to, { encode, onCopied, signal });
    copied = counts.total = core.collections.get(request.collection).info().items;
    await save();
  } finally {
    await results.close();
  }
}
