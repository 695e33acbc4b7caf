import { ask } from '../api.js';
import { createSegments } from '../segments.js';
import { createBars } from './bars.js';
import { createTextField, listOf } from './fields.js';
import type { Panel, PanelContext } from './panel.js';
import { createNote, createTaskForm } from './task-form.js';

const METHODS = [
  ['itm', 'Cross-encoder'],
  ['itc', 'Encoders (faster)'],
] as const;

/** Labels of one's own, of which the picture has one. */
export function createClassifyPanel({ image }: PanelContext, notOffered: string): Panel {
  const labels = createTextField({
    label: 'Labels',
    hint: '(one a line, or with commas)',
    placeholder: 'red ball\nblue cube',
    required: true,
    lines: 4,
  });
  const template = createTextField({ label: 'Sentence', hint: '({} = the label)', value: 'a photo of a {}' });
  const method = createSegments('Compare with', METHODS);
  const form = createTaskForm({
    fields: [labels.element, template.element, method.element],
    action: 'Classify',
    notOffered,
    async ask(signal) {
      const sentence = template.value();
      const request = { image: await image(), labels: listOf(labels.value()), method: method.value() };
      return ask('/v1/classify', sentence ? { ...request, templates: [sentence] } : request, signal);
    },
    show: ({ labels: ranked, model, truncated }) => [
      createBars(ranked, ranked[0]?.label),
      createNote(model, truncated),
    ],
  });
  return { element: form.element };
}
