import { ask } from '../api.js';
import { element } from '../element.js';
import { createBars } from './bars.js';
import { createTextField } from './fields.js';
import type { Panel, PanelContext } from './panel.js';
import { createNote, createTaskForm } from './task-form.js';

const VERDICTS = {
  entailment: { label: 'Follows from the picture', verdict: 'The picture bears this out.' },
  neutral: { label: 'Left open', verdict: 'The picture leaves this open.' },
  contradiction: { label: 'Contradicts it', verdict: 'The picture contradicts this.' },
} as const;

/** A hypothesis: borne out, left open or contradicted by the picture. */
export function createCheckPanel({ image, words }: PanelContext, notOffered: string): Panel {
  const hypothesis = createTextField({ label: 'Statement', value: words, required: true, sentence: true });
  const form = createTaskForm({
    fields: [hypothesis.element],
    action: 'Check',
    notOffered,
    ask: async (signal) =>
      ask('/v1/visual-entailment', { image: await image(), hypothesis: hypothesis.value() }, signal),
    show({ label, scores, model, truncated }) {
      const names = Object.keys(VERDICTS) as (keyof typeof VERDICTS)[];
      const bars = names.map((name) => ({ label: VERDICTS[name].label, score: scores[name] }));
      return [
        element('p', { class: 'verdict' }, VERDICTS[label].verdict),
        createBars(bars, VERDICTS[label].label),
        createNote(model, truncated),
      ];
    },
  });
  return { element: form.element };
}
