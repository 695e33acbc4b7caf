import { type Hit, type Item, showStored } from './api.js';
import { element } from './element.js';
import { percent } from './percent.js';

const PICTURE_SIZE = 384;

/** A bar with a number: how much of it is filled is how good the score is. */
function meter(label: string, explained: string, share: number, text: string): HTMLElement {
  const filled = element('i', {});
  filled.style.width = `${Math.round(100 * Math.min(1, Math.max(0, share)))}%`;
  return element(
    'span',
    { class: 'meter', title: explained },
    element('span', {}, label),
    element('b', {}, filled),
    element('span', {}, text),
  );
}

function scores({ itc, itm }: Hit): HTMLElement {
  return element(
    'span',
    { class: 'scores' },
    itm !== null && meter('match', 'ITM: probability that text and picture belong together', itm, percent(itm)),
    meter('cosine', 'ITC: cosine of the two embeddings, -1 to 1', itc, itc.toFixed(3)),
  );
}

function pictureOf({ imageUrl, caption, id }: Hit | Item): HTMLElement | undefined {
  if (!imageUrl) return undefined;
  const image = element('img', { alt: caption ?? id, loading: 'lazy', decoding: 'async' });
  image.addEventListener('error', () => image.replaceWith(element('span', { class: 'missing' }, 'no picture')));
  showStored(image, imageUrl, PICTURE_SIZE);
  return image;
}

export interface CardOptions {
  /** From 1; shown items without a search have none. */
  rank?: number;
  /** Whether the caption is what was looked for. */
  captionFirst: boolean;
  onPick(): void;
}

/** One result: its picture, caption and scores. Picking it opens it. */
export function createHitCard(hit: Hit | Item, { rank, captionFirst, onPick }: CardOptions): HTMLElement {
  const caption = element('span', { class: 'caption' }, hit.caption ?? (hit.imageUrl ? '' : hit.id));
  const button = element(
    'button',
    { type: 'button', class: captionFirst ? 'card words' : 'card', title: 'Look closer', onclick: onPick },
    pictureOf(hit),
    rank !== undefined && element('span', { class: 'rank', 'aria-hidden': 'true' }, String(rank)),
    element('span', { class: 'about' }, caption, 'score' in hit && scores(hit)),
  );
  return element('li', {}, button);
}
