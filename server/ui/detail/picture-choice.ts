import { element } from '../element.js';
import { nameOf, type Picture, picturesIn, showIn } from '../picture.js';

export interface PictureChoice {
  element: HTMLElement;
  value(): Picture | undefined;
  /** Takes a picture that was dropped somewhere. */
  take(files: File[]): void;
}

const THUMBNAIL = 192;
let groups = 0;

/** One of some pictures, or one of this computer. */
export function createPictureChoice(
  label: string,
  pictures: readonly Picture[],
  onChange: (picture: Picture) => void,
): PictureChoice {
  const name = `choice-${groups++}`;
  let chosen: Picture | undefined;
  const choose = (picture: Picture): void => {
    chosen = picture;
    onChange(picture);
  };
  const option = (picture: Picture, checked: boolean): HTMLElement => {
    const image = element('img', { alt: nameOf(picture), title: nameOf(picture), decoding: 'async' });
    showIn(image, picture, THUMBNAIL);
    const radio = element('input', { type: 'radio', name, checked, onchange: () => choose(picture) });
    return element('label', { class: 'choice' }, radio, image);
  };
  const file = element('input', { type: 'file', accept: 'image/*', hidden: true, 'aria-label': 'Second picture file' });
  const own = element(
    'button',
    { type: 'button', class: 'choice-own', onclick: () => file.click() },
    'Choose or drop one',
  );
  const strip = element('div', { class: 'strip' }, own, ...pictures.map((picture) => option(picture, false)));
  const take = (files: Iterable<File> | null): void => {
    const [picture] = picturesIn(files);
    if (!picture) return;
    const local: Picture = { kind: 'file', file: picture, name: picture.name || 'Pasted picture' };
    own.after(option(local, true));
    choose(local);
  };
  file.addEventListener('change', () => {
    take(file.files);
    file.value = '';
  });
  return {
    element: element('fieldset', { class: 'picture-choice' }, element('legend', {}, label), strip, file),
    value: () => chosen,
    take,
  };
}
