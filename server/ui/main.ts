// The page /: a query box, options, and results. The address holds the state, so that back, forward and shared links work.
import { ApiError, type Collection, getItem, type Hit, type Item, listCollections, listItems, search } from './api.js';
import { askForKey } from './key-dialog.js';
import { createOptionsBar } from './options-bar.js';
import { fromAddress, type PageState, type Query, toAddress } from './query.js';
import { createQueryBox } from './query-box.js';
import { showEmpty, showHits, showItems } from './results.js';

const HITS = 24;

function byId(id: string): HTMLElement {
  return document.getElementById(id)!;
}

const status = byId('status');
const results = byId('results');
let state: PageState = fromAddress(location.href);
let collections: Collection[] = [];
let running = new AbortController();

const queryBox = createQueryBox(byId('query'), (query) => go({ query }));
const optionsBar = createOptionsBar(byId('options'), (change) => go(change));

/** Changes the state, remembers it in the address, and shows it. */
function go(change: Partial<PageState>): void {
  // Typed words that were not sent yet count too when an option changes.
  const typed = queryBox.text();
  const pending: Partial<PageState> = change.query || !typed ? {} : { query: { kind: 'text', text: typed } };
  state = { ...state, ...pending, ...change };
  history.pushState(null, '', toAddress(state));
  void show();
}

function pick({ id, imageUrl, caption }: Hit | Item): void {
  go({ query: { kind: 'item', id, imageUrl, caption } });
  scrollTo({ top: 0, behavior: 'smooth' });
}

function say(message: string, isError = false): void {
  status.textContent = message;
  status.classList.toggle('error', isError);
}

/** What the server is asked; an item stands for itself, wherever its picture is. */
function requestOf(query: Query): { text?: string; itemId?: string; file?: Blob } {
  if (query.kind === 'text') return { text: query.text };
  if (query.kind === 'item') return { itemId: query.id };
  return query.kind === 'file' ? { file: query.file } : {};
}

/** A link tells only the id of an item; its picture is looked up. */
async function complete(query: Query, signal: AbortSignal): Promise<Query> {
  if (query.kind !== 'item' || query.imageUrl || query.caption) return query;
  const { id, imageUrl, caption } = await getItem(state.collection, query.id, signal);
  return { kind: 'item', id, imageUrl, caption };
}

async function load(signal: AbortSignal): Promise<void> {
  const { collection, target, rerank } = state;
  const handlers = { target, onPick: pick, onTry: (text: string) => go({ query: { kind: 'text', text } }) };
  const current = collections.find(({ name }) => name === collection);
  if (!current) return showEmpty(results, undefined);
  if (state.query.kind === 'none') {
    const items = current.items > 0 ? await listItems(collection, HITS, signal) : [];
    return items.length > 0 ? showItems(results, items, handlers) : showEmpty(results, collection);
  }
  state.query = await complete(state.query, signal);
  queryBox.show(state.query);
  say('Searching …');
  const answer = await search(collection, { ...requestOf(state.query), target, rerank, k: HITS + 1 }, signal);
  showHits(results, { ...answer, hits: withoutQuery(answer.hits, state.query).slice(0, HITS) }, handlers);
}

/** An item is its own nearest neighbour; people ask for others. */
function withoutQuery(hits: Hit[], query: Query): Hit[] {
  if (query.kind !== 'item') return hits;
  const sameKind = (query.imageUrl ? 'image' : 'text') === state.target;
  return hits.filter(({ id }) => !sameKind || id !== query.id);
}

/** Shows the state; an answer that is overtaken by a newer request is thrown away. */
async function show(): Promise<void> {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  queryBox.show(state.query);
  optionsBar.show(state, collections);
  document.body.classList.toggle('searched', state.query.kind !== 'none');
  results.setAttribute('aria-busy', 'true');
  try {
    await load(signal);
    say('');
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof ApiError && error.status === 401) return void askForKey().then(start);
    say((error as Error).message, true);
    results.replaceChildren();
  }
  results.removeAttribute('aria-busy');
}

async function start(): Promise<void> {
  try {
    collections = await listCollections();
    const known = collections.some(({ name }) => name === state.collection);
    if (!known && collections[0]) state.collection = collections[0].name;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return void askForKey().then(start);
    say((error as Error).message, true);
    return;
  }
  await show();
}

byId('search').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = queryBox.text();
  if (text) go({ query: { kind: 'text', text } });
  else if (state.query.kind === 'file' || state.query.kind === 'item') go({});
  else go({ query: { kind: 'none' } });
});
addEventListener('popstate', () => {
  state = fromAddress(location.href);
  void show();
});
document.addEventListener('keydown', (event) => {
  const typing = (event.target as HTMLElement).matches('input, select, textarea');
  if (event.key === '/' && !typing) {
    event.preventDefault();
    queryBox.focus();
  }
  if (event.key === 'Escape' && state.query.kind !== 'none') go({ query: { kind: 'none' } });
});

void start();
