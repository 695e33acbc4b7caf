import { ask } from '../api.js';
import { element } from '../element.js';
import { createBars } from './bars.js';
import { createTextField, listOf } from './fields.js';
import type { Panel, PanelContext } from './panel.js';
import { createNote, createTaskForm } from './task-form.js';

/** Answers of its own that the model is asked for. */
const OWN_ANSWERS = 3;
const MOST_ANSWERS = 1000;

/** A question about the picture, answered freely or among given answers. */
export function createAskPanel({ image }: PanelContext, notOffered: string): Panel {
  const question = createTextField({ label: 'Question', placeholder: 'What colour is the ball?', required: true });
  const among = createTextField({
    label: 'Choose among',
    hint: '(optional, one answer a line)',
    placeholder: 'red\nblue',
    lines: 3,
  });
  const form = createTaskForm({
    fields: [question.element, among.element],
    action: 'Ask',
    notOffered,
    async ask(signal) {
      const answers = listOf(among.value());
      const choice =
        answers.length > 0 ? { answers, topK: Math.min(answers.length, MOST_ANSWERS) } : { topK: OWN_ANSWERS };
      return ask('/v1/vqa', { image: await image(), question: question.value(), ...choice }, signal);
    },
    show({ answers, model, truncated }) {
      const [best] = answers;
      return [
        element('p', { class: 'verdict' }, best?.answer || '(no answer)'),
        createBars(
          answers.map(({ answer, score }) => ({ label: answer || '(nothing)', score })),
          best?.answer,
        ),
        createNote(model, truncated),
      ];
    },
  });
  return { element: form.element };
}
