import type { SearchAnswer } from './api.js';
import { element } from './element.js';

type Timings = SearchAnswer['timings'];

const STAGES: [keyof Timings, string, string][] = [
  ['decodeMs', 'decode', 'Decoding the picture, or cutting the words into tokens'],
  ['encodeMs', 'encode', 'Encoding the query'],
  ['annMs', 'nearest', 'Finding the nearest candidates'],
  ['rerankMs', 're-rank', 'Scoring the candidates with the cross-encoder'],
];

function milliseconds(ms: number): string {
  return ms >= 100 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(1)} ms`;
}

function summary({ reranked, model, timings }: SearchAnswer): string {
  const order = reranked > 0 ? `${reranked} candidates re-ranked` : 'Ordered by cosine';
  return `${order} in ${milliseconds(timings.totalMs)} · model ${model}`;
}

/** What a search did and where its time went. */
export function createTimingsBar(answer: SearchAnswer): HTMLElement {
  const { timings } = answer;
  const whole = Math.max(1e-6, ...[STAGES.reduce((sum, [stage]) => sum + timings[stage], 0)]);
  const shown = STAGES.filter(([stage]) => timings[stage] > 0);
  const bar = element('div', { class: 'bar', 'aria-hidden': 'true' });
  const legend = element('ul', {});
  for (const [stage, name, explained] of shown) {
    const part = element('i', { class: name.replace('-', '') });
    part.style.flexGrow = String(timings[stage] / whole);
    bar.append(part);
    const key = element('i', { class: name.replace('-', '') });
    legend.append(element('li', { title: explained }, key, `${name} ${milliseconds(timings[stage])}`));
  }
  const cut =
    answer.truncated &&
    element('p', { class: 'note' }, 'The text was longer than the model reads; its end was left out.');
  return element('div', { class: 'timings' }, element('p', {}, summary(answer)), bar, legend, cut);
}
