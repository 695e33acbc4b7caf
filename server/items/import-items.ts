import { NoSpaceError } from '../../model/files/no-space-error.js';
import type { OpenedCollection } from '../collection-model.js';
import type { Collection } from '../collections/collection.js';
import { CollectionMovedError } from '../collections/collection-errors.js';
import type { StoredItem } from '../collections/stored-item.js';
import type { components } from '../http/api.js';
import { problemOf } from '../http/problem-of.js';
import { type Problem, problemBody } from '../http/problems.js';
import { AbortedError } from '../inference/errors.js';
import type { EncodeOptions } from '../inference/loaded-model.js';
import { ITEM_WINDOW, windows } from '../windows.js';
import { type EncodedSides, encodeSides } from './encode-sides.js';
import { fieldOf, type ItemSource, type NewItem } from './item-source.js';

export type ItemResult = components['schemas']['ItemResult'];

export interface ImportTarget {
  /** Asked again for every window: another model may have taken over. */
  open(): OpenedCollection;
  /** Id of the request, for the errors of single items. */
  requestId: string;
  signal?: AbortSignal;
  /** Told of errors that nobody foresaw. */
  onFailure(error: unknown): void;
}

/** An item on its way: `stored` once it is encoded, or else `problem`. */
interface Draft {
  source: ItemSource;
  item?: NewItem;
  stored?: StoredItem;
  truncated?: boolean;
  problem?: Problem;
}

/** Drafts that were encoded for a collection; undefined where it could not be opened. */
interface Window {
  drafts: Draft[];
  collection: Collection | undefined;
}

/** Items that are read at the same time: one slow address must not hold up the others. */
const READ_AHEAD = 8;

/**
 * Reads, encodes and stores items, some at a time, and yields one result for each, in order; a result other than `error` means that
 * the item is on the disk and can be found. While one window is written the next one is encoded.
 * @throws AbortedError when the client leaves; what was yielded stays.
 */
export async function* importItems(
  sources: AsyncIterable<ItemSource> | Iterable<ItemSource>,
  target: ImportTarget,
): AsyncGenerator<ItemResult> {
  let ahead: Promise<Window> | undefined;
  for await (const drafts of windows(draftsOf(sources, target), pictureBytesOf, ITEM_WINDOW)) {
    const encoding = encodeWindow(drafts, target);
    // Awaited below, after the window before is stored; until then a failure must not count as unhandled.
    encoding.catch(() => undefined);
    if (ahead) yield* store(await ahead, target);
    ahead = encoding;
  }
  if (ahead) yield* store(await ahead, target);
}

async function* draftsOf(
  sources: AsyncIterable<ItemSource> | Iterable<ItemSource>,
  target: ImportTarget,
): AsyncGenerator<Draft> {
  const reading: Promise<Draft>[] = [];
  for await (const source of sources) {
    const draft = readDraft(source, target);
    // Awaited in turn; until then a failure must not count as unhandled.
    draft.catch(() => undefined);
    reading.push(draft);
    if (reading.length === READ_AHEAD) yield reading.shift()!;
  }
  yield* reading;
}

const pictureBytesOf = ({ item }: Draft): number => item?.picture?.length ?? 0;

/** The problem of one item; what nobody foresaw is logged, since the client learns nothing of it. */
function itemProblem(error: unknown, path: string, { onFailure }: ImportTarget): Problem {
  if (error instanceof AbortedError) throw error;
  const problem = problemOf(error, fieldOf(path, 'image'));
  if (problem.kind === 'internal') onFailure(error);
  return problem;
}

async function readDraft(source: ItemSource, target: ImportTarget): Promise<Draft> {
  try {
    return { source, item: await source.read(target.signal) };
  } catch (error) {
    return { source, problem: itemProblem(error, source.path, target) };
  }
}

async function encodeWindow(drafts: Draft[], target: ImportTarget): Promise<Window> {
  const options: EncodeOptions = { priority: 'import', ...(target.signal ? { signal: target.signal } : {}) };
  const readable = drafts.filter(({ item }) => item);
  let collection: Collection | undefined;
  try {
    const opened = target.open();
    collection = opened.collection;
    const sides = await encodeSides(
      readable.map(({ item }) => ({ picture: item!.picture, caption: item!.caption })),
      opened,
      options,
    );
    for (const [index, draft] of readable.entries()) {
      const own = sides[index]!;
      if (own.error) draft.problem = itemProblem(own.error, draft.source.path, target);
      else draft.stored = storedItem(draft.item!, own);
      draft.truncated = own.truncated;
    }
  } catch (error) {
    failAll(drafts, error, target);
  }
  return { drafts, collection };
}

function storedItem({ id, caption, metadata, picture }: NewItem, { image, info, text }: EncodedSides): StoredItem {
  return {
    id,
    ...(caption === undefined ? {} : { caption }),
    ...(metadata ? { metadata } : {}),
    ...(picture && info ? { picture: { bytes: picture, ...info } } : {}),
    ...(image ? { image } : {}),
    ...(text ? { text } : {}),
  };
}

function failAll(drafts: Draft[], error: unknown, target: ImportTarget): void {
  for (const draft of drafts) draft.problem ??= itemProblem(error, draft.source.path, target);
}

async function* store({ drafts, collection }: Window, target: ImportTarget): AsyncGenerator<ItemResult> {
  const good = drafts.filter(({ problem }) => !problem);
  const statuses = new Map<Draft, 'created' | 'updated'>();
  const put = async (some: Draft[]): Promise<void> => {
    const done = some.length > 0 ? await collection!.put(some.map(({ stored }) => stored!)) : [];
    for (const [index, draft] of some.entries()) statuses.set(draft, done[index]!);
  };
  try {
    await put(good);
  } catch (error) {
    // They are encoded for a model that the collection no longer has.
    if (error instanceof CollectionMovedError) return yield* store(await encodeWindow(drafts, target), target);
    // One item that the store refuses must not take the others with it; a full disk does.
    if (error instanceof NoSpaceError) failAll(good, error, target);
    else for (const draft of good) await put([draft]).catch((reason) => failAll([draft], reason, target));
  }
  for (const draft of drafts) yield resultOf(draft, statuses.get(draft), target.requestId);
}

function resultOf(
  { source, truncated, problem }: Draft,
  status: 'created' | 'updated' | undefined,
  requestId: string,
): ItemResult {
  if (problem || !status) return { id: source.id, status: 'error', error: problemBody(problem!, requestId) };
  return { id: source.id, status, ...(truncated ? { truncated } : {}) };
}
