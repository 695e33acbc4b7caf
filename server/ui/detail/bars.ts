import { element } from '../element.js';
import { percent } from '../percent.js';

export interface Bar {
  label: string;
  /** 0 to 1. */
  score: number;
}

/** Labels with bars as long as their probabilities; the chosen one stands out. */
export function createBars(bars: readonly Bar[], chosen?: string): HTMLElement {
  const rows = bars.map(({ label, score }) => {
    const filled = element('i', {});
    filled.style.width = `${100 * Math.min(1, Math.max(0, score))}%`;
    return element(
      'li',
      { class: label === chosen ? 'chosen' : undefined },
      element('span', { class: 'bar-label' }, label),
      element('span', { class: 'bar-value' }, percent(score)),
      element('b', { 'aria-hidden': 'true' }, filled),
    );
  });
  return element('ul', { class: 'bars' }, ...rows);
}
