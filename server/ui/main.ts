// The page /: a query box, options, results, and what is opened over them. The address holds the state, so that back, forward and shared
// links work; every change goes through `go` and is then shown.
import { type Collection, type Hit, type Item, listCollections } from './api.js';
import { complete, findResults } from './find-results.js';
import { askForKey } from './key-dialog.js';
import { createOptionsBar } from './options-bar.js';
import { createOverlays } from './overlays.js';
import { canGoBack, pushState, readState, replaceState } from './page-history.js';
import { type PageState, type Query, sameSearch, toAddress, USUAL_K } from './page-state.js';
import { createQueryBox } from './query-box.js';
import { createResultsView } from './results-view.js';
import { ApiError, askForKeyWith } from './send.js';
import { createSettingsPanel } from './settings-panel.js';

function byId(id: string): HTMLElement {
  return document.getElementById(id)!;
}

let state: PageState = readState();
let collections: Collection[] = [];
let running = new AbortController();
let found: Promise<(Hit | Item)[]> = Promise.resolve([]);

askForKeyWith(askForKey);
const queryBox = createQueryBox(byId('query'), {
  onQuery: (query) => go({ query, overlay: undefined }),
  onOpen: (query) => open(query),
});
const settingsPanel = createSettingsPanel(byId('settings'), USUAL_K, (change) => go(change));
const optionsBar = createOptionsBar(byId('options'), settingsPanel.button, (change) => go(change));
const view = createResultsView(byId('results'), byId('status'), {
  onPick: open,
  onTry: (text) => go({ query: { kind: 'text', text } }),
  onImport: openImport,
});
const overlays = createOverlays({
  others: () => found,
  onChange: (overlay) => {
    state = { ...state, overlay };
    replaceState(state);
  },
  onClose: closeOverlay,
  onMore: (query) => {
    go({ query, overlay: undefined });
    scrollTo({ top: 0 });
  },
  onAdded: () => {
    void loadCollections().then(() => show(true));
  },
  onImported: (collection) => go({ collection, query: { kind: 'none' }, overlay: undefined }, true),
});

/** Changes the state, remembers it in the address, and shows it. */
function go(change: Partial<PageState>, again = false): void {
  // Typed words that were not sent yet count too when an option changes.
  const typed = queryBox.text();
  const pending: Partial<PageState> = change.query || !typed ? {} : { query: { kind: 'text', text: typed } };
  const before = state;
  state = { ...state, ...pending, ...change };
  if (toAddress(state) !== toAddress(before) || !sameSearch(state, before)) pushState(state, before);
  show(again || !sameSearch(state, before));
}

function open(item: Hit | Item | Query): void {
  if ('kind' in item && item.kind === 'file') go({ overlay: { kind: 'dropped', task: 'ask' } });
  else if ('id' in item) go({ overlay: { kind: 'item', id: item.id, task: 'ask' } });
}

function openImport(): void {
  go({ overlay: { kind: 'import' } });
}

function closeOverlay(): void {
  if (!state.overlay) return;
  if (canGoBack()) history.back();
  else go({ overlay: undefined });
}

/** Searches as the state says; an answer that is overtaken by a newer request is thrown away. */
async function find(signal: AbortSignal): Promise<(Hit | Item)[]> {
  if (collections.length === 0) {
    view.showNoCollection();
    return [];
  }
  view.setBusy(true);
  try {
    state.query = await complete(state, signal);
    queryBox.show(state.query);
    if (state.query.kind !== 'none') view.say('Searching …');
    const shown = await findResults(state, signal);
    settingsPanel.learn(shown.items);
    view.show(shown, state.collection, state.target);
    view.setBusy(false);
    return shown.items;
  } catch (error) {
    if (signal.aborted) return [];
    if (settingsPanel.fail(error)) view.say('Nothing was searched: one of the settings cannot be used.', true);
    else view.say((error as Error).message, true);
    view.clear();
    view.setBusy(false);
    return [];
  }
}

function show(searchToo: boolean): void {
  if (searchToo) {
    running.abort();
    running = new AbortController();
    queryBox.show(state.query);
    optionsBar.show(state, collections);
    settingsPanel.show(state);
    found = find(running.signal);
  }
  overlays.show(state, collections).catch((error: Error) => view.say(error.message, true));
}

async function loadCollections(): Promise<void> {
  collections = await listCollections();
  const known = collections.some(({ name }) => name === state.collection);
  // One that the address names is asked for anyway: the server says best what is wrong with it.
  const named = new URL(location.href).searchParams.has('collection');
  if (!known && !named && collections[0]) state.collection = collections[0].name;
}

byId('search').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = queryBox.text();
  if (text) go({ query: { kind: 'text', text } }, true);
  else if (state.query.kind === 'file' || state.query.kind === 'item') go({}, true);
  else go({ query: { kind: 'none' } }, true);
});
byId('import').addEventListener('click', (event) => {
  event.preventDefault();
  openImport();
});
addEventListener('popstate', () => {
  const before = state;
  state = readState();
  // A link that names no collection means the same one as at the start.
  if (collections.every(({ name }) => name !== state.collection)) state.collection = before.collection;
  show(!sameSearch(state, before));
});
document.addEventListener('keydown', (event) => {
  if (state.overlay) return;
  const typing = (event.target as HTMLElement).matches('input, select, textarea');
  if (event.key === '/' && !typing) {
    event.preventDefault();
    queryBox.focus();
  }
  if (event.key === 'Escape' && state.query.kind !== 'none') go({ query: { kind: 'none' } });
});

/** A server that has just been started answers a little later. */
async function start(): Promise<void> {
  try {
    await loadCollections();
    show(true);
  } catch (error) {
    const starting = error instanceof ApiError && error.status === 503;
    view.say(starting ? 'The server is starting …' : (error as Error).message, !starting);
    if (starting) setTimeout(start, 1000);
    else view.clear();
  }
}

void start();
