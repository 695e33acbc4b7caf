import type { Collection } from './api.js';
import { element } from './element.js';
import type { PageState, Target } from './page-state.js';
import { createSegments } from './segments.js';

export type Options = Pick<PageState, 'collection' | 'target' | 'rerank'>;

export interface OptionsBar {
  show(options: Options, collections: Collection[]): void;
}

const TARGETS: [Target, string][] = [
  ['image', 'Pictures'],
  ['text', 'Captions'],
];

function countOf({ images, texts }: Collection): string {
  const pictures = `${images} ${images === 1 ? 'picture' : 'pictures'}`;
  return texts === 0 ? pictures : `${pictures}, ${texts} ${texts === 1 ? 'caption' : 'captions'}`;
}

/** Where to search, what to find, whether to re-rank, and the way to `more` settings. */
export function createOptionsBar(
  container: HTMLElement,
  more: HTMLElement,
  onChange: (change: Partial<Options>) => void,
): OptionsBar {
  const select = element('select', { onchange: () => onChange({ collection: select.value }) });
  const count = element('span', { class: 'count' });
  const targets = createSegments('Find', TARGETS, (target) => onChange({ target }));
  const rerank = element('input', {
    type: 'checkbox',
    role: 'switch',
    onchange: () => onChange({ rerank: rerank.checked }),
  });
  const explained = 'The cross-encoder looks at words and picture together and orders the nearest candidates anew';
  container.replaceChildren(
    element('label', { class: 'field' }, 'in', select, count),
    targets.element,
    element('label', { class: 'switch', title: explained }, rerank, element('span', {}, 'Re-rank')),
    more,
  );

  return {
    show(options, collections) {
      select.replaceChildren(...collections.map(({ name }) => element('option', { value: name }, name)));
      select.value = options.collection;
      const current = collections.find(({ name }) => name === options.collection);
      count.textContent = current ? countOf(current) : '';
      targets.show(options.target);
      rerank.checked = options.rerank;
    },
  };
}
