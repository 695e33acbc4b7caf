// The worker thread in which all vector indexes live. Requests are answered in the order they come in; between them the graphs grow in
// slices so short that no search waits long for one.
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { ExpectationError, expect } from '../../model/errors.js';
import { removeSnapshot } from './graph-snapshot.js';
import { HostedIndex } from './hosted-index.js';
import type { Call, Failure, Reply, Request, WorkerSetup } from './worker-messages.js';

const SLICE_MS = 5;
const { dir, settings } = workerData as WorkerSetup;
const port = parentPort!;
const indexes = new Map<string, HostedIndex>();
let scheduled = false;
/** Whose slice is next among the graphs that grow. */
let turn = 0;
let closing = false;

const post = (reply: Reply) => port.postMessage(reply);
const warn = (warning: string) => post({ warning });

function hosted(name: string): HostedIndex {
  const index = indexes.get(name);
  expect(index, `index ${name}`, 'to be open', 'no such index');
  return index;
}

async function answer(request: Request): Promise<unknown> {
  switch (request.type) {
    case 'open':
      indexes.set(request.name, new HostedIndex(dir, request.name, request.source, request.dimension, settings, warn));
      return;
    case 'fill':
      return hosted(request.name).fill(request.labels, request.sequences, request.vectors);
    case 'ready':
      return hosted(request.name).ready(request.sequence);
    case 'apply':
      return hosted(request.name).live.apply(request.remove, request.labels, request.vectors, request.sequence);
    case 'nearest':
      return hosted(request.name).live.nearest(request.vector, request.k, request.efSearch, request.allowed);
    case 'stats':
      return hosted(request.name).live.stats();
    case 'drop': {
      // A worker that replaced a lost one may never have known the index, but its files are there.
      const index = indexes.get(request.name);
      indexes.delete(request.name);
      return index ? index.drop() : removeSnapshot(join(dir, request.name));
    }
    case 'close':
      closing = true;
      for (const index of indexes.values()) await index.save();
      return;
  }
}

/** Grows one graph for a slice, each in its turn and never two before a request, and saves those that rest. */
function work(): void {
  scheduled = false;
  if (closing) return;
  const all = [...indexes.values()];
  const busy = all.filter(({ live }) => live.busy);
  if (busy.length > 0) busy[turn++ % busy.length]!.live.step(SLICE_MS);
  for (const index of all) if (index.wantsSaving) void index.save().then(schedule);
  schedule();
}

function schedule(): void {
  if (scheduled || closing || ![...indexes.values()].some((index) => index.live.busy || index.wantsSaving)) return;
  scheduled = true;
  setImmediate(work);
}

function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ExpectationError)) return { message };
  return { message, expectation: { what: error.what, expected: error.expected, got: error.got } };
}

port.on('message', ({ id, request }: Call) => {
  answer(request)
    .then(
      (value) => post({ id, value }),
      (error: unknown) => post({ id, failure: failureOf(error) }),
    )
    .finally(() => {
      // Without its port the thread ends by itself. Ended from outside, inside a call of hnswlib, it would take the process along.
      if (closing) port.close();
      else schedule();
    });
});
