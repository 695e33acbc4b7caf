import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Manifest } from '../../../model/bundle/manifest.js';
import { readBundle } from '../../../model/bundle/read-bundle.js';
import { codecOf, ROLES } from '../../../server/inference/graphs/graphs.js';
import type { PairMessage } from '../../../server/inference/graphs/pair-feeds.js';
import { type InferenceOptions, openInference } from '../../../server/inference/inference.js';
import type { RunRequest } from '../../../server/inference/model-worker.js';
import type { Batch } from '../../../server/inference/scheduler.js';
import { WorkerThread } from '../../../server/inference/worker-thread.js';
import { openStore } from '../../../server/store/store.js';
import { lookingBundle } from '../../fixtures/looking-bundle.js';
import { tempDir } from '../../fixtures/temp-dir.js';
import { tinyBundle, tinyTaskBundle } from '../../fixtures/tiny-bundle.js';

const optionsOf = async (workers: number): Promise<InferenceOptions> => ({
  workers,
  intraOpThreads: 1,
  storeDir: await tempDir(),
  pictureSlots: 1,
  pictureLimits: { maxPixels: 1e6, timeoutSeconds: 10 },
  batchSize: 4,
  batchWaitMs: 0,
  batchTargetMs: 100,
  queueSize: 8,
  log: pino({ level: 'silent' }),
});

test.each([
  ['vqa', 'question_encoder'],
  ['reconstruct', 'text_reconstructor'],
] as const)('a bundle for %s without a graph of the task is refused', async (task, role) => {
  const bundle = await readBundle(await tinyBundle());
  const manifest: Manifest = { ...bundle.manifest, tasks: ['retrieval', task] };
  await expect(openInference([{ ...bundle, manifest }], await optionsOf(1))).rejects.toThrow(
    `bundle tiny: expected a graph ${role}, got only image_encoder, image_preparer, matcher, prepared_matcher, text_encoder`,
  );
});

/** The graphs that a request to a worker runs, as `model/role`. */
function graphsOf({ model, work, messages }: RunRequest): string[] {
  const isPrepared = ({ images }: PairMessage): boolean => images.items.some((item) => typeof item === 'object');
  const isFast = work === 'matcher' && (messages as PairMessage[]).some(isPrepared);
  const roles = work === 'matcher' ? [isFast ? 'prepared_matcher' : 'matcher'] : codecOf(work).roles;
  return roles.map((role) => `${model}/${role}`);
}

test('every worker has run every graph before the first request', async () => {
  const ran = new Map<string, Set<string>>();
  const { call } = WorkerThread.prototype;
  const spy = vi.spyOn(WorkerThread.prototype, 'call');
  spy.mockImplementation(async function (this: WorkerThread, request, transfer) {
    const reply = await call.call(this, request, transfer);
    const seen = ran.get(this.options.name) ?? new Set();
    // A pair whose picture cannot be read is answered without a run.
    const isWhole = (reply as Batch).outputs?.flat().every((output) => output !== null);
    if (isWhole) ran.set(this.options.name, new Set([...seen, ...graphsOf(request as RunRequest)]));
    return reply as never;
  });
  onTestFinished(() => spy.mockRestore());
  const tasks = (['vqa', 'nlvr2', 've'] as const).map((task) => tinyTaskBundle(task));
  const dirs = await Promise.all([tinyBundle(), lookingBundle(), ...tasks]);
  const bundles = await Promise.all(dirs.map(readBundle));
  const options = await optionsOf(2);
  const store = await openStore(options.storeDir);
  const inference = await openInference(bundles, options);
  await inference.close();
  await store.close();
  const graphs = bundles.flatMap(({ manifest: { name, graphs } }) =>
    ROLES.filter((role) => graphs[role]).map((role) => `${name}/${role}`),
  );
  for (const worker of ['model 1', 'model 2']) expect([...ran.get(worker)!].sort()).toEqual(graphs.sort());
});
