import type * as ort from 'onnxruntime-node';
import { Graph } from '../graph/graph.js';
import { identity } from '../graph/ops.js';
import {
  createInferenceSession,
  type Device,
  fromOrt,
  type HostTensor,
  type SessionOptions,
  toOrt,
} from './session.js';

/** A tensor that lies where its device has it: in host memory on cpu and cuda, in device memory on webgpu. */
export interface ResidentTensor {
  readonly resident: ort.Tensor;
}
export type Feed = HostTensor | ResidentTensor;

/** The outputs of a run: those that were to stay where they are, and the others on the host. */
export interface ResidentOutputs {
  host: Record<string, HostTensor>;
  kept: Record<string, ResidentTensor>;
}

/** A graph that is loaded, and whose outputs can be fed to it, or to another on its device, without coming to the host. */
export interface ResidentSession {
  /** Feeds that the graph does not ask for are left out. `run` blocks the calling thread. */
  run(feeds: Record<string, Feed>): Promise<ResidentOutputs>;
  release(): Promise<void>;
}

/** Loads a graph of which the outputs `keep` stay on the device. Throws what onnxruntime says when it cannot. */
export async function openResidentSession(
  graph: Graph,
  keep: readonly string[],
  options: SessionOptions = {},
): Promise<ResidentSession> {
  const locations = Object.fromEntries(
    graph.outputs.map(({ name }) => [name, keep.includes(name) ? ('gpu-buffer' as const) : ('cpu' as const)]),
  );
  const session = await createInferenceSession(
    graph,
    options,
    options.device === 'webgpu' ? { preferredOutputLocation: locations } : {},
  );
  return {
    async run(feeds) {
      const inputs = Object.fromEntries(
        graph.inputs.map(({ name }) => {
          const feed = feeds[name]!;
          return [name, 'resident' in feed ? feed.resident : toOrt(feed)];
        }),
      );
      const outputs: ResidentOutputs = { host: {}, kept: {} };
      for (const [name, tensor] of Object.entries(await session.run(inputs))) {
        if (keep.includes(name)) outputs.kept[name] = { resident: tensor };
        else outputs.host[name] = fromOrt(tensor);
      }
      return outputs;
    },
    release: () => session.release(),
  };
}

/** Frees the memory of a tensor that is not read any more. */
export function release(feed: Feed): void {
  if ('resident' in feed && feed.resident.location !== 'cpu') feed.resident.dispose();
}

/** Brings vectors [size] to the host. */
export interface VectorReader {
  read(vector: Feed): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Opens a reader. onnxruntime-node has no call that downloads: what lies on the device comes back through a graph that does nothing. */
export async function openVectorReader(size: number, device: Device): Promise<VectorReader> {
  const graph = new Graph('reading');
  graph.output('host', identity(graph.input('resident', 'float32', [size])));
  const session = device === 'webgpu' ? await openResidentSession(graph, [], { device }) : null;
  return {
    async read(vector) {
      if (!('resident' in vector)) return vector.data as Float32Array;
      if (!session) return vector.resident.data as Float32Array;
      return (await session.run({ resident: vector })).host.host!.data as Float32Array;
    },
    release: async () => session?.release(),
  };
}
