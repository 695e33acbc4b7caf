// A worker thread that holds the sessions of all bundles and runs one batch at a time: onnxruntime-node blocks its thread meanwhile.
import { performance } from 'node:perf_hooks';
import { workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { checkTokenInputs } from '../../model/bundle/check-token-inputs.js';
import { loadTokenizer } from '../../model/tokenizer/tokenizer.js';
import { openTokenReader } from '../store/token-reader.js';
import type { GraphContext, Tensors } from './graphs/graph-codec.js';
import { codecOf, type Role } from './graphs/graphs.js';
import { reusedMemory } from './reused-memory.js';
import type { Batch } from './scheduler.js';
import { type Answer, answerRequests } from './worker-side.js';

export interface ModelWorkerData {
  models: {
    name: string;
    /** Graph files by role. */
    graphs: Partial<Record<Role, string>>;
    tokenizerFile: string;
    maxLength: number;
    imageSize: number;
  }[];
  intraOpThreads: number;
  /** Folder of the store whose tokens are matched. */
  storeDir: string;
}

export interface RunRequest {
  model: string;
  role: Role;
  messages: unknown[];
}

interface LoadedGraph {
  session: InferenceSession;
  context: GraphContext;
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

async function loadGraph(name: string, role: Role, file: string, about: Omit<GraphContext, 'dimsOf'>) {
  const session = await InferenceSession.create(file, SESSION_OPTIONS);
  checkTokenInputs(`bundle ${name}: ${role}`, session.inputMetadata);
  const inputs = new Map(session.inputMetadata.map((input) => [input.name, input.isTensor ? input.shape : []]));
  return { session, context: { ...about, dimsOf: (input: string) => inputs.get(input)! } };
}

async function loadGraphs(): Promise<Map<string, LoadedGraph>> {
  const graphs = new Map<string, LoadedGraph>();
  for (const { name, graphs: files, tokenizerFile, maxLength, imageSize } of models) {
    const about = { imageSize, maxLength, tokenizer: loadTokenizer(tokenizerFile), floats, halves, stored: store.read };
    for (const [role, file] of Object.entries(files)) {
      graphs.set(`${name}/${role}`, await loadGraph(name, role as Role, file, about));
    }
  }
  return graphs;
}

function feedsOf(tensors: Tensors): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { type, data, dims }]) => [name, new Tensor(type, data as never, dims)]),
  );
}

await answerRequests(async () => {
  const graphs = await loadGraphs();

  async function run({ model, role, messages }: RunRequest): Promise<Answer> {
    const { session, context } = graphs.get(`${model}/${role}`)!;
    const codec = codecOf(role);
    const started = performance.now();
    const { feeds, read } = codec.begin(messages, context);
    store.refresh();
    const tensors = feedsOf(feeds);
    const prepared = performance.now();
    const results = await session.run(tensors);
    const ran = performance.now();
    const outputs = read(results as unknown as Tensors);
    const value: Batch = { outputs, prepareMs: prepared - started, runMs: ran - prepared };
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
