import { showPicture } from './api.js';
import { element } from './element.js';
import type { Query } from './query.js';

export interface QueryBox {
  show(query: Query): void;
  focus(): void;
  /** The words in the box. */
  text(): string;
}

/** The picture among dropped or pasted things, if there is one. */
function pictureIn(data: DataTransfer | null): File | undefined {
  return [...(data?.files ?? [])].find((file) => file.type.startsWith('image/'));
}

function chipOf(query: Query, onRemove: () => void): HTMLElement | undefined {
  if (query.kind !== 'file' && query.kind !== 'item') return undefined;
  const picture = element('img', { alt: '', width: 40, height: 40 });
  let label = query.kind === 'file' ? query.name : query.id;
  if (query.kind === 'file') {
    picture.src = URL.createObjectURL(query.file);
    picture.addEventListener('load', () => URL.revokeObjectURL(picture.src), { once: true });
  } else if (query.imageUrl) showPicture(picture, query.imageUrl, 96);
  else label = query.caption ?? label;
  const remove = element(
    'button',
    { type: 'button', class: 'plain', 'aria-label': 'Remove the picture', onclick: onRemove },
    '×',
  );
  const withPicture = query.kind === 'file' || query.imageUrl !== undefined;
  return element('div', { class: 'chip' }, withPicture && picture, element('span', {}, label), remove);
}

/** The box that takes words, or a picture: chosen, dropped anywhere on the page, or pasted. */
export function createQueryBox(container: HTMLElement, onQuery: (query: Query) => void): QueryBox {
  const input = element('input', {
    type: 'search',
    name: 'q',
    autocomplete: 'off',
    enterkeyhint: 'search',
    maxlength: 10_000,
    placeholder: 'Describe a picture, or drop one here',
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
  container.append(slot, input, file, choose, element('button', { type: 'submit', class: 'go' }, 'Search'));

  const take = (picture: File | undefined): void => {
    if (picture) onQuery({ kind: 'file', file: picture, name: picture.name || 'Pasted picture' });
  };
  file.addEventListener('change', () => {
    take(file.files?.[0]);
    file.value = '';
  });
  listenForPictures(take);

  return {
    show(query) {
      const chip = chipOf(query, () => onQuery({ kind: 'none' }));
      slot.replaceChildren(...(chip ? [chip] : []));
      input.hidden = chip !== undefined;
      input.value = query.kind === 'text' ? query.text : '';
    },
    focus: () => input.focus(),
    text: () => input.value.trim(),
  };
}

function listenForPictures(take: (picture: File | undefined) => void): void {
  const { body } = document;
  let depth = 0;
  const over = (change: number): void => {
    depth = Math.max(0, depth + change);
    body.classList.toggle('dropping', depth > 0);
  };
  document.addEventListener('dragenter', () => over(1));
  document.addEventListener('dragleave', () => over(-1));
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    over(-depth);
    take(pictureIn(event.dataTransfer));
  });
  document.addEventListener('paste', (event) => {
    const picture = pictureIn(event.clipboardData);
    if (!picture) return;
    event.preventDefault();
    take(picture);
  });
}
