// Asks the server for what the state of the page says, and for nothing else.
import { type Filter, getItem, type Hit, type Item, listItems, type SearchAnswer, search } from './api.js';
import { toFilter } from './conditions.js';
import type { PageState, Query } from './page-state.js';

export type Found = { kind: 'hits'; answer: SearchAnswer; items: Hit[] } | { kind: 'items'; items: Item[] };

type Asked = { text?: string; itemId?: string; file?: Blob };

/** What the server is asked; an item stands for itself, wherever its picture is. */
function asked(query: Query): Asked {
  if (query.kind === 'text') return { text: query.text };
  if (query.kind === 'item') return { itemId: query.id };
  return query.kind === 'file' ? { file: query.file } : {};
}

/** A link tells only the id of an item; its picture is looked up. */
export async function complete({ query, collection }: PageState, signal: AbortSignal): Promise<Query> {
  if (query.kind !== 'item' || query.imageUrl || query.caption) return query;
  const { id, imageUrl, caption } = await getItem(collection, query.id, signal);
  return { kind: 'item', id, ...(imageUrl && { imageUrl }), ...(caption && { caption }) };
}

/** An item is its own nearest neighbour where it is found among its like; people ask for others. */
function findsItself({ query, target }: PageState): boolean {
  return query.kind === 'item' && (query.imageUrl ? 'image' : 'text') === target;
}

/** The results of the state's search, or the first items of its collection where nothing is searched for. */
export async function findResults(state: PageState, signal: AbortSignal): Promise<Found> {
  const { collection, target, rerank, k, candidates, query } = state;
  if (query.kind === 'none') return { kind: 'items', items: await listItems(collection, k, signal) };
  const more = findsItself(state) ? 1 : 0;
  const filter: Filter | undefined = toFilter(state.filters);
  const request = {
    ...asked(query),
    target,
    rerank,
    k: Math.min(k + more, 1000),
    ...(candidates !== undefined && { candidates: candidates + more }),
    ...(filter && { filter }),
  };
  const answer = await search(collection, request, signal);
  const others = more > 0 ? answer.hits.filter(({ id }) => query.kind !== 'item' || id !== query.id) : answer.hits;
  const items = others.slice(0, k);
  return { kind: 'hits', answer: { ...answer, hits: items }, items };
}
