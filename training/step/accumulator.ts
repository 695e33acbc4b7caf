import type { Graph } from '../../model/graph/graph.js';
import { div } from '../../model/graph/ops.js';
import { type Feed, openResidentSession, type ResidentSession, release } from '../../model/onnx/resident-session.js';
import type { HostTensor, SessionOptions } from '../../model/onnx/session.js';
import type { BuildForward } from '../objectives/forward.js';
import { accumulatingGraph, SUMMED_GRADIENT } from './accumulation-graphs.js';
import { partOf, zeroRows } from './batch-rows.js';
import type { FlatLayout } from './flat-parameters.js';
import type { GraphOptions } from './training-graph.js';

/** The losses of a step, and the gradient [P] of their sum where the device has it. */
export interface Accumulated {
  losses: Record<string, number>;
  gradient: Feed;
}

/** Finds the gradient of a batch part by part. */
export interface Accumulator {
  accumulate(parameters: Feed, batch: Record<string, HostTensor>): Promise<Accumulated>;
  release(): Promise<void>;
}

export interface AccumulationOptions extends GraphOptions, SessionOptions {
  layout: FlatLayout;
  /** Parts of a batch, all of the size that the graphs are built for. */
  parts: number;
}

export const openAccumulating = (graph: Graph, options: SessionOptions): Promise<ResidentSession> =>
  openResidentSession(graph, [SUMMED_GRADIENT], options);

/** A gradient, and losses, that grow from run to run of accumulating graphs. */
export function createSum(size: number) {
  const zeros = zeroRows([size]);
  let sum: Accumulated = { losses: {}, gradient: zeros };
  return {
    begin() {
      sum = { losses: {}, gradient: zeros };
    },
    /** Runs a graph on top of what is there; returns its other outputs. */
    async add(session: ResidentSession, feeds: Record<string, Feed>): Promise<Record<string, HostTensor>> {
      const { host, kept } = await session.run({ ...feeds, gradient: sum.gradient });
      release(sum.gradient);
      sum.gradient = kept[SUMMED_GRADIENT]!;
      for (const [name, { data }] of Object.entries(host)) {
        if (!name.startsWith('loss.')) continue;
        const loss = name.slice('loss.'.length);
        sum.losses[loss] = (sum.losses[loss] ?? 0) + Number(data[0]);
      }
      return host;
    },
    end: (): Accumulated => sum,
  };
}

/** Part `part` of a batch: the same samples of every tensor, whose rows lie side by side. */
export const batchPart = (batch: Record<string, HostTensor>, part: number, parts: number): Record<string, HostTensor> =>
  Object.fromEntries(Object.entries(batch).map(([name, tensor]) => [name, partOf(tensor, part, parts)]));

/** For losses that are means over samples which have nothing to do with each other: each part counts as its share. */
export async function openPlainAccumulator(build: BuildForward, options: AccumulationOptions): Promise<Accumulator> {
  const { layout, parts } = options;
  const graph = accumulatingGraph(
    layout,
    (root) => {
      const { losses, stopped } = build(root);
      const shares = Object.entries(losses).map(([name, loss]) => [name, div(loss, parts)] as const);
      return { losses: Object.fromEntries(shares), stopped, outputs: {}, received: {}, sent: {} };
    },
    options,
  );
  const session = await openAccumulating(graph, options);
  const sum = createSum(layout.size);
  return {
    async accumulate(parameters, batch) {
      sum.begin();
      for (let part = 0; part < parts; part++) await sum.add(session, { ...batchPart(batch, part, parts), parameters });
      return sum.end();
    },
    release: () => session.release(),
  };
}
