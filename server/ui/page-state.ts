import { type Filters, fromParameter, toParameter } from './conditions.js';
import type { LocalPicture } from './picture.js';
import { isTask, type TaskName } from './task-name.js';

/** What is searched for: words, a picture from this computer, or an item of the collection. */
export type Query =
  | { kind: 'none' }
  | { kind: 'text'; text: string }
  | LocalPicture
  | { kind: 'item'; id: string; imageUrl?: string; caption?: string };

export type Target = 'image' | 'text';

/** What lies over the results: a picture of theirs, the one that was dropped to search by, or the import. */
export type Overlay =
  | { kind: 'item'; id: string; task: TaskName }
  | { kind: 'dropped'; task: TaskName }
  | { kind: 'import' };

/** How results are found. */
export interface Settings {
  rerank: boolean;
  /** Results to show. */
  k: number;
  /** Nearest ones that are considered; left out = what the server takes. */
  candidates?: number | undefined;
  filters: Filters;
}

/** Everything that decides what the page shows. */
export interface PageState extends Settings {
  collection: string;
  target: Target;
  query: Query;
  overlay?: Overlay | undefined;
}

export const USUAL_K = 24;

function overlayToHash(overlay: Overlay | undefined): string {
  if (!overlay) return '';
  if (overlay.kind === 'import') return '#import';
  const about: [string, string] = overlay.kind === 'item' ? ['item', overlay.id] : ['dropped', ''];
  return `#${new URLSearchParams([about, ['task', overlay.task]])}`;
}

function overlayFromHash(hash: string): Overlay | undefined {
  if (hash === '#import') return { kind: 'import' };
  const parameters = new URLSearchParams(hash.slice(1));
  const wanted = parameters.get('task');
  const task = isTask(wanted) ? wanted : 'ask';
  const id = parameters.get('item');
  if (id) return { kind: 'item', id, task };
  return parameters.has('dropped') ? { kind: 'dropped', task } : undefined;
}

/** The part of the address that tells the search. A file cannot be told that way. */
function toSearch({ collection, target, rerank, k, candidates, filters, query }: PageState): string {
  const parameters = new URLSearchParams();
  if (query.kind === 'text') parameters.set('q', query.text);
  if (query.kind === 'item') parameters.set('item', query.id);
  if (collection !== 'examples') parameters.set('collection', collection);
  if (target === 'text') parameters.set('find', 'captions');
  if (!rerank) parameters.set('rerank', 'off');
  if (k !== USUAL_K) parameters.set('k', String(k));
  if (candidates !== undefined) parameters.set('candidates', String(candidates));
  for (const condition of filters.conditions) parameters.append('where', toParameter(condition));
  if (filters.any) parameters.set('match', 'any');
  const text = parameters.toString();
  return text ? `/?${text}` : '/';
}

/** Whether both states search for the same. */
export function sameSearch(one: PageState, other: PageState): boolean {
  const fileOf = ({ query }: PageState): Query | undefined => (query.kind === 'file' ? query : undefined);
  return toSearch(one) === toSearch(other) && fileOf(one) === fileOf(other);
}

/** The state as the address of the page, so that it can be shared and gone back to. */
export function toAddress(state: PageState): string {
  return toSearch(state) + overlayToHash(state.overlay);
}

function positive(text: string | null): number | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : undefined;
}

export function fromAddress(address: string): PageState {
  const { searchParams: parameters, hash } = new URL(address);
  const text = parameters.get('q');
  const id = parameters.get('item');
  return {
    collection: parameters.get('collection') ?? 'examples',
    target: parameters.get('find') === 'captions' ? 'text' : 'image',
    rerank: parameters.get('rerank') !== 'off',
    k: positive(parameters.get('k')) ?? USUAL_K,
    candidates: positive(parameters.get('candidates')),
    filters: {
      any: parameters.get('match') === 'any',
      conditions: parameters.getAll('where').flatMap(fromParameter),
    },
    query: text ? { kind: 'text', text } : id ? { kind: 'item', id } : { kind: 'none' },
    overlay: overlayFromHash(hash),
  };
}
