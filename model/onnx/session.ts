import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as ort from 'onnxruntime-node';
import type { Graph } from '../graph/graph.js';
import type { ConstantData, Dtype } from '../graph/value.js';
import { type OnnxFile, writeOnnx } from './write-onnx.js';

export type Device = 'cpu' | 'webgpu' | 'cuda';

export interface SessionOptions {
  device?: Device;
  /** Threads of one operator; 0: as many as there are cores. */
  threads?: number;
  /** Writes a profile of every node to files that begin so. */
  profile?: string;
}

/** A tensor as sessions take and give it. */
export interface HostTensor {
  dtype: Dtype;
  shape: readonly number[];
  data: ConstantData;
}

/** A graph that is loaded and can run. `run` blocks the calling thread. */
export interface Session {
  run(feeds: Record<string, HostTensor>): Promise<Record<string, HostTensor>>;
  /** Ends profiling, where it was asked for. */
  endProfiling(): void;
  release(): Promise<void>;
}

export interface OpenedSession extends Session {
  /** What `run` takes, as onnxruntime describes it. */
  readonly inputs: readonly ort.InferenceSession.ValueMetadata[];
}

/** Writes the pieces of an ONNX file to `file` and its external data beside it. */
export async function saveOnnx({ model, externalData }: OnnxFile, file: string): Promise<void> {
  const write = async (path: string, chunks: Uint8Array[]) => {
    const handle = await open(path, 'w');
    try {
      // One write a chunk would be a system call for every small field.
      let pending: Uint8Array[] = [];
      let size = 0;
      for (const chunk of chunks) {
        pending.push(chunk);
        size += chunk.byteLength;
        if (size > 1 << 24) {
          await handle.write(Buffer.concat(pending));
          pending = [];
          size = 0;
        }
      }
      await handle.write(Buffer.concat(pending));
    } finally {
      await handle.close();
    }
  };
  await write(file, model);
  if (externalData) await write(join(dirname(file), externalData.location), externalData.chunks);
}

export const toOrt = ({ dtype, shape, data }: HostTensor): ort.Tensor => new ort.Tensor(dtype, data as never, shape);

export const fromOrt = ({ type, dims, data }: ort.Tensor): HostTensor => ({
  dtype: type as Dtype,
  shape: dims,
  data: data as ConstantData,
});

/** onnxruntime's own session of a graph, or of the ONNX file at a path, with `more` of its options. Throws what it says when it cannot. */
export async function createInferenceSession(
  source: Graph | string,
  { device = 'cpu', threads = 0, profile }: SessionOptions,
  more: ort.InferenceSession.SessionOptions = {},
): Promise<ort.InferenceSession> {
  const options: ort.InferenceSession.SessionOptions = {
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    intraOpNumThreads: threads,
    graphOptimizationLevel: 'all',
    // Fatal only: what fails is thrown, and one report is enough.
    logSeverityLevel: 4,
    ...(profile ? { enableProfiling: true, profileFilePrefix: profile } : {}),
    ...more,
  };
  return typeof source === 'string' ? ort.InferenceSession.create(source, options) : fromGraph(source, device, options);
}

/** Loads a graph, or the ONNX file at a path. Throws what onnxruntime says when it cannot. */
export async function openSession(source: Graph | string, options: SessionOptions = {}): Promise<OpenedSession> {
  const session = await createInferenceSession(source, options);
  return {
    inputs: session.inputMetadata,
    async run(feeds) {
      const inputs = Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toOrt(feed)]));
      const outputs = await session.run(inputs);
      return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor)]));
    },
    endProfiling: () => session.endProfiling(),
    release: () => session.release(),
  };
}

/** Parts of a Split that a WebGPU shader has buffers for, beside the one it reads. */
const WEBGPU_PARTS = 7;

async function fromGraph(
  graph: Graph,
  device: Device,
  options: ort.InferenceSession.SessionOptions,
): Promise<ort.InferenceSession> {
  const file = writeOnnx(graph, {
    biasApart: device === 'cpu',
    ...(device === 'webgpu' ? { mostParts: WEBGPU_PARTS } : {}),
  });
  if (!file.externalData) return ort.InferenceSession.create(Buffer.concat(file.model), options);
  const folder = await mkdtemp(join(tmpdir(), 'maskvlm-'));
  try {
    await saveOnnx(file, join(folder, 'graph.onnx'));
    return await ort.InferenceSession.create(join(folder, 'graph.onnx'), options);
  } finally {
    await rm(folder, { recursive: true });
  }
}
