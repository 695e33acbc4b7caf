import type { Hit, Item, SearchAnswer } from './api.js';
import { element } from './element.js';
import { createHitCard } from './hit-card.js';
import type { Target } from './page-state.js';
import { createTimingsBar } from './timings-bar.js';

export interface ResultsOptions {
  target: Target;
  onPick(hit: Hit | Item): void;
}

/** The hits of a search, best first, with what it took. */
export function showHits(container: HTMLElement, answer: SearchAnswer, { target, onPick }: ResultsOptions): void {
  const cards = answer.hits.map((hit, index) =>
    createHitCard(hit, { rank: index + 1, captionFirst: target === 'text', onPick: () => onPick(hit) }),
  );
  const nothing = element('p', { class: 'status' }, 'Nothing found. Fewer filters or other words may find more.');
  const list = element('ol', { class: target === 'text' ? 'grid wide' : 'grid' }, ...cards);
  container.replaceChildren(createTimingsBar(answer), cards.length > 0 ? list : nothing);
}

export interface BrowseOptions extends ResultsOptions {
  onTry(text: string): void;
}

const TRIES = 4;
const LONGEST_TRY = 60;

/** Captions to begin with, from all over the list, so that they differ. */
function suggestions(items: Item[]): string[] {
  const captions = [...new Set(items.flatMap(({ caption }) => caption ?? []))].filter(
    ({ length }) => length <= LONGEST_TRY,
  );
  const step = Math.max(1, Math.ceil(captions.length / TRIES));
  return captions.filter((_, index) => index % step === 0);
}

/** Some items of a collection, before anything was searched for. */
export function showItems(container: HTMLElement, items: Item[], { target, onPick, onTry }: BrowseOptions): void {
  const tries = suggestions(items).map((text) =>
    element('button', { type: 'button', class: 'suggestion', onclick: () => onTry(text) }, text),
  );
  const cards = items.map((item) =>
    createHitCard(item, { captionFirst: target === 'text', onPick: () => onPick(item) }),
  );
  const hint = tries.length > 0 && element('p', { class: 'try' }, element('span', {}, 'Try'), ...tries);
  container.replaceChildren(...(hint ? [hint] : []), element('ol', { class: 'grid' }, ...cards));
}

/** How to begin, where there is nothing to search in. */
export function showEmpty(container: HTMLElement, collection: string | undefined, onImport: () => void): void {
  const name = collection ?? 'photos';
  const commands = [
    ...(collection ? [] : [`curl -X PUT ${location.origin}/v1/collections/${name}`]),
    `curl ${location.origin}/v1/collections/${name}/items -F image=@picture.jpg -F caption='What it shows'`,
  ];
  container.replaceChildren(
    element(
      'div',
      { class: 'empty' },
      element('h2', {}, collection ? `Nothing is in ${collection} yet` : 'There is no collection yet'),
      element('p', {}, 'Import pictures from this computer, or add them from a terminal:'),
      element('button', { type: 'button', class: 'go', onclick: onImport }, 'Import pictures'),
      element('pre', {}, element('code', {}, commands.join('\n'))),
    ),
  );
}
