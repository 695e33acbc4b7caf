// A worker thread that holds the sessions of all bundles and runs one batch at a time: onnxruntime-node blocks its thread meanwhile.
import { performance } from 'node:perf_hooks';
import { workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { BundleRole } from '../../model/bundle/bundle-role.js';
import { checkTokenInputs } from '../../model/bundle/check-token-inputs.js';
import { loadTokenizer } from '../../model/tokenizer/tokenizer.js';
import { openTokenReader } from '../store/token-reader.js';
import type { LoadedGraph, ModelContext, Tensors } from './graphs/graph-codec.js';
import { codecOf, type Work } from './graphs/graphs.js';
import { reusedMemory } from './reused-memory.js';
import type { Batch } from './scheduler.js';
import { type Answer, answerRequests } from './worker-side.js';

export interface ModelWorkerData {
  models: {
    name: string;
    /** Graph files by role. */
    graphs: Partial<Record<BundleRole, string>>;
    tokenizerFile: string;
    maxLength: number;
    answerLength: number;
    imageSize: number;
  }[];
  intraOpThreads: number;
  /** Folder of the store whose tokens are matched. */
  storeDir: string;
}

export interface RunRequest {
  model: string;
  work: Work;
  messages: unknown[];
}

const { models, intraOpThreads, storeDir } = workerData as ModelWorkerData;

const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: intraOpThreads,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
  // Threads that spin while they wait take the cores from decoding and from the event loop.
  extra: { session: { intra_op: { allow_spinning: '0' } } },
};

const store = openTokenReader(storeDir);
const floats = reusedMemory(Float32Array);
const halves = reusedMemory(Uint16Array);

/** How long the work in hand took so far, beside its graphs and in them. What comes after the last run is not counted. */
const clock = { last: 0, prepareMs: 0, runMs: 0 };

function feedsOf(tensors: Tensors): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { type, data, dims }]) => [name, new Tensor(type, data as never, dims)]),
  );
}

async function runSession(session: InferenceSession, feeds: Tensors): Promise<Tensors> {
  store.refresh();
  const tensors = feedsOf(feeds);
  const prepared = performance.now();
  const results = await session.run(tensors);
  const ran = performance.now();
  clock.prepareMs += prepared - clock.last;
  clock.runMs += ran - prepared;
  clock.last = ran;
  return results as unknown as Tensors;
}

async function loadGraph(name: string, role: BundleRole, file: string): Promise<LoadedGraph> {
  const session = await InferenceSession.create(file, SESSION_OPTIONS);
  if (role === 'matcher') checkTokenInputs(`bundle ${name}: ${role}`, session.inputMetadata);
  const inputs = new Map(
    session.inputMetadata.map((input) => [
      input.name,
      input.isTensor ? { type: input.type as string, dims: input.shape } : { type: 'none', dims: [] },
    ]),
  );
  return { input: (input) => inputs.get(input)!, run: (feeds) => runSession(session, feeds) };
}

async function loadModel({ name, graphs: files, tokenizerFile, ...about }: ModelWorkerData['models'][number]) {
  const graphs = new Map<string, LoadedGraph>();
  for (const [role, file] of Object.entries(files)) graphs.set(role, await loadGraph(name, role as BundleRole, file));
  const tokenizer = loadTokenizer(tokenizerFile);
  const graph = (role: BundleRole): LoadedGraph => graphs.get(role)!;
  return { ...about, tokenizer, floats, halves, stored: store.read, graph } satisfies ModelContext;
}

await answerRequests(async () => {
  const contexts = new Map<string, ModelContext>();
  for (const model of models) contexts.set(model.name, await loadModel(model));

  async function run({ model, work, messages }: RunRequest): Promise<Answer> {
    const codec = codecOf(work);
    Object.assign(clock, { last: performance.now(), prepareMs: 0, runMs: 0 });
    const outputs = await codec.run(messages, contexts.get(model)!);
    const value: Batch = { outputs, prepareMs: clock.prepareMs, runMs: clock.runMs };
    return { value, transfer: outputs.flat().flatMap((output) => codec.transfer(output)) };
  }

  // One after another: the next batch may be here already, and its inputs go where this one's are.
  let turn: Promise<unknown> = Promise.resolve();
  return {
    info: undefined,
    answer(request) {
      const answer = turn.then(() => run(request as RunRequest));
      turn = answer.catch(() => undefined);
      return answer;
    },
  };
});
