import { openWithModel } from '../collection-model.js';
import { problemFrom } from '../http/problems.js';
import { type ImportTarget, type ItemResult, importItems } from '../items/import-items.js';
import type { ItemSource } from '../items/item-source.js';
import { itemOfLine } from '../items/ndjson-items.js';
import { type InputLine, inputLines } from './input-lines.js';
import type { ImportRequest } from './job.js';
import type { JobRun } from './job-run.js';
import { failedResult, type JobResult } from './result-files.js';
import { withLines } from './with-lines.js';

type Place = Pick<InputLine, 'number' | 'end'>;

/** An item without an id gets one that follows from its line, so that a line that is done again after a crash makes no second item. */
const idOf = (job: string, line: number): string => `${job}-${line}`;

function resultOf({ error, ...item }: ItemResult, line: number): JobResult {
  if (error) return failedResult(item.id, problemFrom(error), error.instance, line);
  return { custom_id: item.id, line, response: { status_code: 200, body: item }, error: null };
}

/** Puts the items of a file into a collection. */
export function runImport(run: JobRun<ImportRequest>): Promise<void> {
  const { core, id, signal, log, request } = run;
  const target: ImportTarget = {
    open: () => openWithModel(core, request.collection),
    requestId: id,
    signal,
    onFailure: (err) => log.error({ job: id, err }, 'item failed'),
  };
  return withLines(run, async (progress) => {
    // Fails as a whole where the collection is gone or has a model that is not loaded, and not line by line.
    target.open();
    const sent: Place[] = [];
    async function* sources(): AsyncGenerator<ItemSource> {
      for await (const { line, number, end } of inputLines(run.dir, run.checkpoint, core.limits.jsonBytes)) {
        sent.push({ number, end });
        yield itemOfLine(line, number, core, () => idOf(id, number));
      }
    }
    // One result comes for each item, in their order.
    for await (const result of importItems(sources(), target)) {
      const place = sent.shift()!;
      await progress.add(place, resultOf(result, place.number));
    }
  });
}
