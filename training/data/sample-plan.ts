import { expect } from '../../model/errors.js';
import { createRng, type Rng } from '../../model/random.js';
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
  /** The samples of one step, [B], those of the same pictures side by side; a pure function of the data, the seed and the step. */
  batch(step: number): Sample[];
  /** The epoch, from 0, in which a step's first sample lies. */
  epochOf(step: number): number;
}

/** How an epoch goes through the data. */
export interface VisitSettings {
  visit: Visit;
  /** k: the samples that the same pictures have in a batch. */
  textsPerPicture: number;
}

export interface PlanSettings extends VisitSettings {
  seed: number;
  /** A multiple of k. */
  batchSize: number;
}

/** Samples of the same pictures, k of them, that stay together. */
type Group = readonly Sample[];

/** How far ahead a batch looks for a group to exchange: enough to find one, and bounded where nearly all are alike. */
const SEARCHED_BATCHES = 32;

const keyOf = ({ pictures }: TrainingItem): string => pictures.map(({ key }) => key).join('\n');

/** What is visited together: each item by itself, or, where several samples share a picture, all items with the same pictures. */
function subjectsOf(items: readonly TrainingItem[], { textsPerPicture }: VisitSettings): TrainingItem[][] {
  if (textsPerPicture === 1) return items.map((item) => [item]);
  const subjects = new Map<string, TrainingItem[]>();
  for (const item of items) {
    const key = keyOf(item);
    const subject = subjects.get(key);
    if (subject) subject.push(item);
    else subjects.set(key, [item]);
  }
  return [...subjects.values()];
}

const visitsOf = (subject: readonly TrainingItem[], visit: Visit): number =>
  visit === 'picture' ? subject.length : subject.reduce((sum, { texts }) => sum + texts.length, 0);

const countGroups = (subjects: readonly TrainingItem[][], { visit, textsPerPicture }: VisitSettings): number =>
  subjects.reduce((sum, subject) => sum + Math.ceil(visitsOf(subject, visit) / textsPerPicture), 0);

/** Samples in an epoch: visits of all sources, whatever their weights, and what fills up the last group of a picture. */
export const countVisits = (sources: readonly Pick<ItemSource, 'items'>[], settings: VisitSettings): number =>
  settings.textsPerPicture *
  sources.reduce((sum, { items }) => sum + countGroups(subjectsOf(items, settings), settings), 0);

/**
 * Lays all samples of a run in one endless row that batches are cut from, so that any step can be asked for. Every source walks
 * through its own pictures again and again, each time in a new order; an epoch takes from each source its share (by weight, else
 * by size) and mixes them evenly. Two groups of one picture are kept out of a batch where others can take their place.
 */
export function planSamples(sources: readonly ItemSource[], settings: PlanSettings): SamplePlan {
  const { seed, batchSize, textsPerPicture } = settings;
  const walks = sources.map(({ items }, index) => walkSource(subjectsOf(items, settings), index, settings));
  const total = walks.reduce((sum, { length }) => sum + length, 0);
  expect(total > 0, 'training data', 'at least one picture with a text', 'none');
  const shares = apportion(
    sources.map(({ weight }, index) => weight ?? walks[index]!.length),
    total,
  );
  const raw = remember((epoch) => {
    const rng = createRng(seed, 'mix', epoch);
    const parts = walks.map(({ cut }, index) => cut(epoch * shares[index]!, shares[index]!));
    return parts.length === 1 ? parts[0]! : mix(parts, () => rng.next());
  });
  const perBatch = batchSize / textsPerPicture;
  const epochs = remember((epoch) => spreadPictures(raw(epoch), epoch * total, perBatch, epoch ? raw(epoch - 1) : []));
  return {
    samplesPerEpoch: total * textsPerPicture,
    epochOf: (step) => Math.floor((step * perBatch) / total),
    batch: (step) =>
      Array.from({ length: perBatch }, (_, row) => {
        const index = step * perBatch + row;
        return epochs(Math.floor(index / total))[index % total]!;
      }).flat(),
  };
}

/** Groups of an epoch per source: shares of the total by weight that are whole and sum to it (largest remainders first). */
function apportion(weights: readonly number[], total: number): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((weight) => (weight / sum) * total);
  const shares = exact.map(Math.floor);
  const left = total - shares.reduce((a, b) => a + b, 0);
  const order = exact.map((share, index) => ({ index, rest: share - shares[index]! })).sort((a, b) => b.rest - a.rest);
  for (const { index } of order.slice(0, left)) shares[index]!++;
  return shares;
}

/** The endless row of a source's groups: how many a round of it has, and what cuts [from, from + count) out. */
function walkSource(subjects: readonly TrainingItem[][], source: number, settings: PlanSettings) {
  const length = countGroups(subjects, settings);
  const round = remember((cycle) => {
    const rng = createRng(settings.seed, 'order', source, cycle);
    const orders = subjects.map((subject) => groupSamples(subject, settings, rng));
    // Round by round, so that the groups of one picture lie far apart.
    const rounds = orders.reduce((most, order) => Math.max(most, order.length), 0);
    return Array.from({ length: rounds }, (_, index) => {
      const present = orders.filter((order) => index < order.length);
      return rng.shuffle(present).map((order) => order[index]!);
    }).flat();
  });
  const cut = (from: number, count: number): Group[] => {
    const pieces: Group[][] = [];
    for (let at = from; at < from + count; at += pieces.at(-1)!.length) {
      const start = at % length;
      pieces.push(round(Math.floor(at / length)).slice(start, start + from + count - at));
    }
    return pieces.flat();
  };
  return { length, cut };
}

/** What an epoch visits of a subject, in an order of its own, cut into groups of k; the last is filled up with its other texts, if it has any. */
function groupSamples(subject: readonly TrainingItem[], { visit, textsPerPicture }: VisitSettings, rng: Rng): Group[] {
  const samples = subject.map((item) => rng.shuffle([...item.texts.keys()]).map((textIndex) => ({ item, textIndex })));
  const visited = rng.shuffle(samples.flatMap((list) => (visit === 'picture' ? list.slice(0, 1) : list)));
  const others = visit === 'picture' ? rng.shuffle(samples.flatMap((list) => list.slice(1))) : [];
  const row = [...visited, ...others];
  return Array.from({ length: Math.ceil(visited.length / textsPerPicture) }, (_, group) =>
    Array.from({ length: textsPerPicture }, (_, i) => row[(group * textsPerPicture + i) % row.length]!),
  );
}

/** Spreads the parts evenly over one row, each in its own order. */
function mix(parts: Group[][], random: () => number): Group[] {
  return parts
    .flatMap((part) => part.map((group, index) => ({ group, at: (index + random()) / part.length })))
    .sort((a, b) => a.at - b.at)
    .map(({ group }) => group);
}

/**
 * Exchanges groups within an epoch until no batch has a picture twice, where possible. The last groups, one less than a batch has, stay where
 * they are: they may share a batch with the next epoch, which can so be planned from its neighbour alone, without all epochs before.
 */
function spreadPictures(
  groups: readonly Group[],
  offset: number,
  batchSize: number,
  before: readonly Group[],
): Group[] {
  const row = [...groups];
  const movable = Math.max(0, row.length - (batchSize - 1));
  const head = offset % batchSize;
  const key = (group: Group) => group[0]!.item.pictures[0]!.key;
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
