import { Gauge, type Registry } from 'prom-client';
import type { Collection } from './collections/collection.js';

/** What gauges read at the moment they are asked. */
export interface GaugeSources {
  queueDepths(): Map<string, number>;
  collections(): Pick<Collection, 'info' | 'stats'>[];
  imports(): number;
  jobs(): { running: number; waiting: number };
}

type Sources = () => GaugeSources | undefined;

function addLoad(registers: Registry[], sources: Sources): void {
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
    name: 'maskvlm_imports_running',
    help: 'Requests that add items',
    registers,
    collect() {
      this.set(sources()?.imports() ?? 0);
    },
  });
}

function addJobs(registers: Registry[], sources: Sources): void {
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

function addItems(registers: Registry[], sources: Sources): void {
  new Gauge({
    name: 'maskvlm_collection_items',
    help: 'Items of a collection, those with a picture, and those with a caption',
    labelNames: ['collection', 'kind'],
    registers,
    collect() {
      this.reset();
      for (const each of sources()?.collections() ?? []) {
        const { name: collection, items, images, texts } = each.info();
        for (const [kind, count] of Object.entries({ items, images, texts })) this.set({ collection, kind }, count);
      }
    },
  });
}

/** One gauge for all figures of all indexes: they are asked for together. */
function addIndexes(registers: Registry[], sources: Sources): void {
  new Gauge({
    name: 'maskvlm_index',
    help: 'vectors: of an index; pending: not in its graph yet; dead_share: of the nodes of its graph; rebuilding: 1 while it is',
    labelNames: ['collection', 'target', 'figure'],
    registers,
    async collect() {
      const collections = sources()?.collections() ?? [];
      const known = await Promise.all(
        // One that is deleted meanwhile has no indexes to tell about.
        collections.map(async (each) => ({ name: each.info().name, stats: await each.stats().catch(() => undefined) })),
      );
      this.reset();
      for (const { name: collection, stats } of known) {
        for (const [target, { vectors, pending, deadShare, rebuilding }] of Object.entries(stats ?? {})) {
          const figures = { vectors, pending, dead_share: deadShare, rebuilding: Number(rebuilding) };
          for (const [figure, value] of Object.entries(figures)) this.set({ collection, target, figure }, value);
        }
      }
    },
  });
}

/** Adds the gauges to the registers; `sources` may be undefined while the server starts. */
export function addGauges(registers: Registry[], sources: Sources): void {
  addLoad(registers, sources);
  addJobs(registers, sources);
  addItems(registers, sources);
  addIndexes(registers, sources);
}
