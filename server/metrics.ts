import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CollectionInfo } from './collections/collection.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** What gauges read at the moment they are asked. */
export interface MetricSources {
  queueDepths(): Map<string, number>;
  collections(): CollectionInfo[];
  imports(): number;
  jobs(): { running: number; waiting: number };
}

/** Everything that /metrics tells; event-loop lag, memory and CPU come with prom-client's defaults. */
export interface Metrics {
  text(): Promise<string>;
  contentType: string;
  request(route: string, method: string, status: number, seconds: number): void;
  stages(task: string, milliseconds: Record<string, number>): void;
  batch(batch: { queue: string; size: number; waitMs: number; runMs: number }): void;
}

function addGauges(registers: Registry[], sources: () => MetricSources | undefined): void {
  new Gauge({
    name: 'maskvlm_queue_depth',
    help: 'Inputs that wait for a graph or for decoding',
    labelNames: ['queue'],
    registers,
    collect() {
      this.reset();
      for (const [queue, depth] of sources()?.queueDepths() ?? []) this.set({ queue }, depth);
    },
  });
  new Gauge({
    name: 'maskvlm_collection_items',
    help: 'Items of a collection, those with a picture, and those with a caption',
    labelNames: ['collection', 'kind'],
    registers,
    collect() {
      this.reset();
      for (const { name: collection, items, images, texts } of sources()?.collections() ?? []) {
        for (const [kind, count] of Object.entries({ items, images, texts })) this.set({ collection, kind }, count);
      }
    },
  });
  new Gauge({
    name: 'maskvlm_imports_running',
    help: 'Requests that add items',
    registers,
    collect() {
      this.set(sources()?.imports() ?? 0);
    },
  });
  new Gauge({
    name: 'maskvlm_jobs',
    help: 'Jobs that run and that wait',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of Object.entries(sources()?.jobs() ?? {})) this.set({ state }, count);
    },
  });
}

/** Makes the metrics of one server; `sources` may be undefined while the server starts. */
export function createMetrics(sources: () => MetricSources | undefined): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  addGauges(registers, sources);
  const histogram = <Label extends string>(name: string, help: string, labelNames: Label[], buckets = SECONDS) =>
    new Histogram({ name, help, labelNames, buckets, registers });
  const labelNames = ['route', 'method', 'status'] as const;
  const requests = new Counter({ name: 'maskvlm_requests_total', help: 'Answered requests', labelNames, registers });
  const duration = histogram('maskvlm_request_seconds', 'Time to answer a request', ['route', 'method']);
  const stages = histogram('maskvlm_stage_seconds', 'Time of one stage of a task', ['task', 'stage']);
  const batchSize = histogram('maskvlm_batch_size', 'Inputs that ran together', ['queue'], SIZES);
  const queued = histogram('maskvlm_queue_seconds', 'Longest wait in a batch before it ran', ['queue']);
  const ran = histogram('maskvlm_run_seconds', 'Time that a batch ran', ['queue']);

  const counting = afterwards();
  return {
    async text() {
      counting.finish();
      return registry.metrics();
    },
    contentType: registry.contentType,
    request: (route, method, status, seconds) =>
      counting.add(() => {
        requests.inc({ route, method, status });
        duration.observe({ route, method }, seconds);
      }),
    stages: (task, milliseconds) =>
      counting.add(() => {
        for (const [stage, ms] of Object.entries(milliseconds)) {
          stages.observe({ task, stage: stage.replace(/Ms$/, '') }, ms / 1000);
        }
      }),
    batch: ({ queue, size, waitMs, runMs }) =>
      counting.add(() => {
        batchSize.observe({ queue }, size);
        queued.observe({ queue }, waitMs / 1000);
        ran.observe({ queue }, runMs / 1000);
      }),
  };
}

/** Does what it is given a little later, so that no answer waits until it is counted. */
function afterwards() {
  let waiting: (() => void)[] = [];
  const finish = (): void => {
    const actions = waiting;
    waiting = [];
    for (const action of actions) action();
  };
  const add = (action: () => void): void => {
    if (waiting.push(action) === 1) setImmediate(finish);
  };
  return { add, finish };
}
