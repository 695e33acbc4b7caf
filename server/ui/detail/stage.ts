import { element } from '../element.js';
import { nameOf, type Picture, showIn } from '../picture.js';

export interface Stage {
  element: HTMLElement;
  /** Lays something over the whole picture, or takes it away. */
  cover(overlay?: HTMLElement): void;
}

const SIZE = 1024;

/** The picture that is looked at, as large as its place allows. Its place has the same size before the picture is there. */
export function createStage(picture: Picture): Stage {
  const image = element('img', { alt: nameOf(picture), decoding: 'async' });
  const frame = element('div', { class: 'frame' }, image);
  const place = element('div', { class: 'stage' }, frame);
  image.addEventListener('load', () => {
    frame.style.setProperty('--ratio', String(image.naturalWidth / image.naturalHeight));
  });
  image.addEventListener('error', () => image.replaceWith(element('span', { class: 'missing' }, 'no picture')));
  showIn(image, picture, SIZE);
  return {
    element: place,
    cover(overlay) {
      frame.replaceChildren(frame.firstChild!, ...(overlay ? [overlay] : []));
    },
  };
}
