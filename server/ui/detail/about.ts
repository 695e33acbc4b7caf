import { element } from '../element.js';
import type { Query } from '../page-state.js';
import type { Picture } from '../picture.js';

function inWords(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What is known of a picture, and a way to others like it. */
export function createAbout(picture: Picture, onMore: (query: Query) => void): HTMLElement {
  if (picture.kind === 'file') {
    return element(
      'div',
      { class: 'about-picture' },
      element('p', { class: 'hint' }, 'A picture of this computer. The server does not keep it.'),
    );
  }
  const { id, collection, metadata = {}, caption, imageUrl } = picture;
  const rows = [['id', id] as const, ['collection', collection] as const, ...Object.entries(metadata)];
  const facts = rows.map(([name, value]) =>
    element('div', {}, element('dt', {}, name), element('dd', {}, inWords(value))),
  );
  const query: Query = { kind: 'item', id, ...(imageUrl && { imageUrl }), ...(caption && { caption }) };
  return element(
    'div',
    { class: 'about-picture' },
    element('button', { type: 'button', class: 'quiet', onclick: () => onMore(query) }, 'Find more like this'),
    element('dl', { class: 'facts' }, ...facts),
  );
}
