import type { Collection } from './api.js';
import { element } from './element.js';
import type { PageState, Target } from './query.js';

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

/** Where to search, what to find, and whether to re-rank. */
export function createOptionsBar(container: HTMLElement, onChange: (change: Partial<Options>) => void): OptionsBar {
  const select = element('select', { onchange: () => onChange({ collection: select.value }) });
  const count = element('span', { class: 'count' });
  const radios = TARGETS.map(([target, label]) => {
    const radio = element('input', {
      type: 'radio',
      name: 'target',
      value: target,
      onchange: () => onChange({ target }),
    });
    return { target, radio, label: element('label', {}, radio, element('span', {}, label)) };
  });
  const rerank = element('input', {
    type: 'checkbox',
    role: 'switch',
    onchange: () => onChange({ rerank: rerank.checked }),
  });
  const explained = 'The cross-encoder looks at words and picture together and orders the nearest candidates anew';
  container.append(
    element('label', { class: 'field' }, 'in ', select, count),
    element('fieldset', { class: 'segments' }, element('legend', {}, 'Find'), ...radios.map(({ label }) => label)),
    element('label', { class: 'switch', title: explained }, rerank, element('span', {}, 'Re-rank')),
  );

  return {
    show(options, collections) {
      select.replaceChildren(
        ...collections.map(({ name }) =>
          element('option', { value: name, selected: name === options.collection }, name),
        ),
      );
      select.value = options.collection;
      const current = collections.find(({ name }) => name === options.collection);
      count.textContent = current ? countOf(current) : '';
      for (const { target, radio } of radios) radio.checked = target === options.target;
      rerank.checked = options.rerank;
    },
  };
}
