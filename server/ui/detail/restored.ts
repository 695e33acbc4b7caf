import type { TaskAnswer } from '../api.js';
import { element } from '../element.js';
import { createBars } from './bars.js';

type Answer = TaskAnswer<'/v1/reconstruct'>;

function figure(name: string, { dataUrl }: { dataUrl: string }): HTMLElement {
  return element(
    'figure',
    {},
    element('img', { src: dataUrl, alt: `${name} picture` }),
    element('figcaption', {}, name),
  );
}

/** The text as it would read with the best guess at each masked token. */
function restoredText(tokens: Answer['tokens']): HTMLElement {
  const parts = tokens.map(({ text, masked, predictions }) =>
    masked ? element('mark', {}, predictions[0]?.token ?? text) : element('span', {}, text),
  );
  return element('p', { class: 'restored-text' }, ...parts);
}

/** What was masked and what the model put there: both pictures, the text, and the guesses at each token. */
export function createRestored({ tokens, image, maskedImage }: Answer): HTMLElement[] {
  const masked = tokens.filter((token) => token.masked);
  const guesses = masked.map(({ text, predictions }) =>
    element(
      'section',
      { class: 'guesses' },
      element('h3', {}, 'Guesses at ', element('q', {}, text.trim())),
      createBars(
        predictions.map(({ token, score }) => ({ label: token.trim() || '␣', score })),
        text.trim(),
      ),
    ),
  );
  return [
    element('div', { class: 'pair' }, figure('masked', maskedImage), figure('restored', image)),
    ...(masked.length > 0 ? [restoredText(tokens)] : []),
    ...guesses,
  ];
}
