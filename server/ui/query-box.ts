import { element } from './element.js';
import { takeDrops } from './file-drop.js';
import type { Query } from './page-state.js';
import { type LocalPicture, type Picture, picturesIn, showIn } from './picture.js';

export interface QueryBox {
  show(query: Query): void;
  focus(): void;
  /** The words in the box. */
  text(): string;
}

export interface QueryBoxOptions {
  onQuery(query: Query): void;
  /** Somebody wants to see the picture that is searched by. */
  onOpen(query: Query): void;
}

const THUMBNAIL = 96;

function chipOf(query: Query, { onQuery, onOpen }: QueryBoxOptions): HTMLElement | undefined {
  if (query.kind !== 'file' && query.kind !== 'item') return undefined;
  const picture: Picture = query.kind === 'file' ? query : { ...query, collection: '' };
  const shown = picture.kind === 'file' || picture.imageUrl !== undefined;
  const image = element('img', { alt: '', width: 40, height: 40 });
  if (shown) showIn(image, picture, THUMBNAIL);
  const label = query.kind === 'file' ? query.name : (query.caption ?? query.id);
  return element(
    'div',
    { class: 'chip' },
    element(
      'button',
      { type: 'button', class: 'chip-open', title: 'Look closer', onclick: () => onOpen(query) },
      shown && image,
      element('span', {}, label),
    ),
    element(
      'button',
      { type: 'button', class: 'plain', 'aria-label': 'Remove the picture', onclick: () => onQuery({ kind: 'none' }) },
      '×',
    ),
  );
}

/** The box that takes words, or a picture: chosen, dropped anywhere on the page, or pasted. */
export function createQueryBox(container: HTMLElement, options: QueryBoxOptions): QueryBox {
  const input = element('input', {
    type: 'search',
    name: 'q',
    autocomplete: 'off',
    enterkeyhint: 'search',
    maxlength: 10_000,
    placeholder: matchMedia('(max-width: 560px)').matches
      ? 'Describe a picture'
      : 'Describe a picture, or drop one here',
    'aria-label': 'What to search for',
  });
  const file = element('input', { type: 'file', accept: 'image/*', hidden: true, 'aria-label': 'Picture file' });
  const choose = element(
    'button',
    {
      type: 'button',
      class: 'plain',
      title: 'Search by a picture',
      'aria-label': 'Choose a picture',
      onclick: () => file.click(),
    },
    element('i', { class: 'icon' }),
  );
  const slot = element('div', { class: 'slot' });
  container.replaceChildren(slot, input, file, choose, element('button', { type: 'submit', class: 'go' }, 'Search'));

  const take = (files: Iterable<File> | null): void => {
    const [picture] = picturesIn(files);
    if (!picture) return;
    const query: LocalPicture = { kind: 'file', file: picture, name: picture.name || 'Pasted picture' };
    options.onQuery(query);
  };
  file.addEventListener('change', () => {
    take(file.files);
    file.value = '';
  });
  takeDrops(take);

  return {
    show(query) {
      const chip = chipOf(query, options);
      slot.replaceChildren(...(chip ? [chip] : []));
      input.hidden = chip !== undefined;
      input.value = query.kind === 'text' ? query.text : '';
    },
    focus: () => input.focus(),
    text: () => input.value.trim(),
  };
}
