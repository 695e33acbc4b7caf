// The state in the address and the history of the browser. Files are kept beside it, as long as the page lives.

import { fromAddress, type PageState, toAddress } from './page-state.js';
import type { LocalPicture } from './picture.js';

interface Entry {
  /** Number of the file that is searched by. */
  file?: number;
  /** Whether going back closes what lies over the results. */
  opened?: boolean;
}

const files: LocalPicture[] = [];

function entry(): Entry {
  return (history.state as Entry | null) ?? {};
}

function entryOf({ query, overlay }: PageState, opened: boolean): Entry {
  const about: Entry = overlay && opened ? { opened } : {};
  if (query.kind !== 'file') return about;
  const known = files.indexOf(query);
  return { ...about, file: known >= 0 ? known : files.push(query) - 1 };
}

export function readState(): PageState {
  const state = fromAddress(location.href);
  const file = files[entry().file ?? -1];
  if (file) state.query = file;
  if (!file && state.overlay?.kind === 'dropped') state.overlay = undefined;
  return state;
}

/** Remembers the state as a step that people can go back from. */
export function pushState(state: PageState, before: PageState): void {
  history.pushState(entryOf(state, !before.overlay), '', toAddress(state));
}

/** Changes the step that people are at. */
export function replaceState(state: PageState): void {
  history.replaceState(entryOf(state, entry().opened ?? false), '', toAddress(state));
}

/** Whether going back leads to the results beneath. */
export function canGoBack(): boolean {
  return entry().opened ?? false;
}
