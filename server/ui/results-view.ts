import type { Hit, Item } from './api.js';
import type { Found } from './find-results.js';
import type { Target } from './page-state.js';
import { showEmpty, showHits, showItems } from './results.js';

export interface ResultsView {
  /** Says something in the line above the results, which is also read aloud. */
  say(message: string, isError?: boolean): void;
  setBusy(busy: boolean): void;
  show(found: Found, collection: string, target: Target): void;
  /** There is no collection at all. */
  showNoCollection(): void;
  clear(): void;
}

export interface ResultsViewOptions {
  onPick(item: Hit | Item): void;
  onTry(text: string): void;
  onImport(): void;
}

/** The results, and what is said of them. */
export function createResultsView(
  container: HTMLElement,
  status: HTMLElement,
  { onPick, onTry, onImport }: ResultsViewOptions,
): ResultsView {
  const say = (message: string, isError = false): void => {
    status.textContent = message;
    status.classList.toggle('error', isError);
  };
  return {
    say,
    setBusy(busy) {
      if (busy) container.setAttribute('aria-busy', 'true');
      else container.removeAttribute('aria-busy');
    },
    show(found, collection, target) {
      const count = found.items.length;
      if (found.kind === 'hits') showHits(container, found.answer, { target, onPick });
      else if (count > 0) showItems(container, found.items, { target, onPick, onTry });
      else showEmpty(container, collection, onImport);
      const told = count === 1 ? '1 result' : `${count} results`;
      say(found.kind === 'hits' ? told : '');
    },
    showNoCollection() {
      showEmpty(container, undefined, onImport);
      say('');
    },
    clear: () => container.replaceChildren(),
  };
}
