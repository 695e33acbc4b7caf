import { element } from '../element.js';

export interface Bar {
  label: string;
  /** 0 to 1. */
  score: number;
}

/** A probability as people read it. */
export function percent(probability: number): string {
  const value = 100 * probability;
  if (value > 0 && value < 0.1) return '< 0.1 %';
  return `${value > 99.9 && value < 100 ? '> 99.9' : value.toFixed(1)} %`;
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
