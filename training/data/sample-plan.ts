import { expect } from '../../model/errors.js';
import { createRng } from '../../model/random.js';
import type { ItemSource, TrainingItem } from './training-item.js';

/** What an epoch visits: every item once with one of its texts drawn, or every text of every item once. */
export type Visit = 'picture' | 'caption';

/** One sample of a batch: an item with one of its texts. */
export interface Sample {
  item: TrainingItem;
  textIndex: number;
}

export interface SamplePlan {
  /** Samples in an epoch. */
  samplesPerEpoch: number;
  /** The samples of one step, [B]; a pure function of the data, the seed and the step. */
  batch(step: number): Sample[];
  /** The epoch, from 0, in which a step's first sample lies. */
  epochOf(step: number): number;
}

export interface PlanSettings {
  seed: number;
  visit: Visit;
  batchSize: number;
}

/** How far ahead a batch looks for a sample to exchange: enough to find one, and bounded where nearly all are alike. */
const SEARCHED_BATCHES = 32;

/** Visits in an epoch: the sum over the sources, whatever their weights. */
export function countVisits(sources: readonly Pick<ItemSource, 'items'>[], visit: Visit): number {
  const visits = ({ texts }: TrainingItem) => (visit === 'picture' ? 1 : texts.length);
  return sources.flatMap(({ items }) => items).reduce((sum, item) => sum + visits(item), 0);
}

/**
 * Lays all samples of a run in one endless row that batches are cut from, so that any step can be asked for. Every source walks
 * through its own pictures again and again, each time in a new order; an epoch takes from each source its share (by weight, else
 * by size) and mixes them evenly. Two samples of one picture are kept out of a batch where other samples can take their place.
 */
export function planSamples(sources: readonly ItemSource[], settings: PlanSettings): SamplePlan {
  const { seed, visit, batchSize } = settings;
  const total = countVisits(sources, visit);
  expect(total > 0, 'training data', 'at least one picture with a text', 'none');
  const shares = apportion(sources, visit, total);
  const walks = sources.map(({ items }, index) => walkSource(items, index, settings));
  const raw = remember((epoch) => {
    const rng = createRng(seed, 'mix', epoch);
    const parts = walks.map((walk, index) => walk(epoch * shares[index]!, shares[index]!));
    return parts.length === 1 ? parts[0]! : mix(parts, () => rng.next());
  });
  const epochs = remember((epoch) => spreadPictures(raw(epoch), epoch * total, batchSize, epoch ? raw(epoch - 1) : []));
  return {
    samplesPerEpoch: total,
    epochOf: (step) => Math.floor((step * batchSize) / total),
    batch: (step) =>
      Array.from({ length: batchSize }, (_, row) => {
        const index = step * batchSize + row;
        return epochs(Math.floor(index / total))[index % total]!;
      }),
  };
}

/** Samples of an epoch per source: shares of the total that are whole and sum to it (largest remainders first). */
function apportion(sources: readonly ItemSource[], visit: Visit, total: number): number[] {
  const weights = sources.map((source) => source.weight ?? countVisits([source], visit));
  const sum = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((weight) => (weight / sum) * total);
  const shares = exact.map(Math.floor);
  const left = total - shares.reduce((a, b) => a + b, 0);
  const order = exact.map((share, index) => ({ index, rest: share - shares[index]! })).sort((a, b) => b.rest - a.rest);
  for (const { index } of order.slice(0, left)) shares[index]!++;
  return shares;
}

/** Cuts [from, from + count) out of a source's endless row of samples. */
function walkSource(items: readonly TrainingItem[], source: number, { seed, visit }: PlanSettings) {
  const round = remember((cycle) => {
    const rng = createRng(seed, 'order', source, cycle);
    if (visit === 'picture') {
      return rng.shuffle(items).map((item) => ({ item, textIndex: rng.int(item.texts.length) }));
    }
    // Round by round, so that the texts of one picture lie far apart.
    const orders = items.map((item) => ({ item, order: rng.shuffle([...item.texts.keys()]) }));
    const rounds = items.reduce((most, { texts }) => Math.max(most, texts.length), 0);
    return Array.from({ length: rounds }, (_, index) => {
      const present = orders.filter(({ order }) => index < order.length);
      return rng.shuffle(present).map(({ item, order }) => ({ item, textIndex: order[index]! }));
    }).flat();
  });
  const length = countVisits([{ items }], visit);
  return (from: number, count: number): Sample[] => {
    const pieces: Sample[][] = [];
    for (let at = from; at < from + count; at += pieces.at(-1)!.length) {
      const start = at % length;
      pieces.push(round(Math.floor(at / length)).slice(start, start + from + count - at));
    }
    return pieces.flat();
  };
}

/** Spreads the parts evenly over one row, each in its own order. */
function mix(parts: Sample[][], random: () => number): Sample[] {
  return parts
    .flatMap((part) => part.map((sample, index) => ({ sample, at: (index + random()) / part.length })))
    .sort((a, b) => a.at - b.at)
    .map(({ sample }) => sample);
}

/**
 * Exchanges samples within an epoch until no batch has a picture twice, where possible. The last B - 1 samples stay where they are:
 * they may share a batch with the next epoch, which can so be planned from its neighbour alone, without all epochs before.
 */
function spreadPictures(
  samples: readonly Sample[],
  offset: number,
  batchSize: number,
  before: readonly Sample[],
): Sample[] {
  const row = [...samples];
  const movable = Math.max(0, row.length - (batchSize - 1));
  const head = offset % batchSize;
  const key = (sample: Sample) => sample.item.pictures[0]!.key;
  for (let start = -head; start < movable; start += batchSize) {
    const end = start + batchSize;
    const taken = new Set(
      [...(start < 0 ? before.slice(start) : []), ...row.slice(Math.max(movable, start), Math.max(movable, end))].map(
        key,
      ),
    );
    for (let index = Math.max(0, start); index < Math.min(end, movable); index++) {
      if (taken.has(key(row[index]!))) {
        const last = Math.min(movable, end + SEARCHED_BATCHES * batchSize);
        let other = end;
        while (other < last && taken.has(key(row[other]!))) other++;
        if (other < last) [row[index], row[other]] = [row[other]!, row[index]!];
      }
      taken.add(key(row[index]!));
    }
  }
  return row;
}

/** Keeps the two latest results: a batch may reach from one epoch into the next. */
function remember<T>(make: (index: number) => T): (index: number) => T {
  const kept = new Map<number, T>();
  return (index) => {
    const known = kept.get(index);
    if (known !== undefined) return known;
    const made = make(index);
    kept.set(index, made);
    if (kept.size > 2) kept.delete(kept.keys().next().value!);
    return made;
  };
}
