import { ask, type TaskAnswer } from '../api.js';
import { element } from '../element.js';
import { takeDrops } from '../file-drop.js';
import { percent } from '../percent.js';
import { asImage, type Picture, showIn } from '../picture.js';
import { createBars } from './bars.js';
import { createTextField } from './fields.js';
import type { Panel, PanelContext } from './panel.js';
import { createPictureChoice } from './picture-choice.js';
import { createNote, createTaskForm } from './task-form.js';

const SIZE = 384;

/** The two pictures side by side, as the statement speaks of them. */
function createPair(first: Picture): { element: HTMLElement; show(second?: Picture, swapped?: boolean): void } {
  const place = (side: string): { figure: HTMLElement; show(picture?: Picture): void } => {
    const slot = element('div', { class: 'pair-slot' });
    return {
      figure: element('figure', {}, slot, element('figcaption', {}, side)),
      show(picture) {
        if (!picture) return slot.replaceChildren('?');
        const image = element('img', { alt: `${side} picture` });
        showIn(image, picture, SIZE);
        slot.replaceChildren(image);
      },
    };
  };
  const left = place('left');
  const right = place('right');
  return {
    element: element('div', { class: 'pair' }, left.figure, right.figure),
    show(second, swapped = false) {
      left.show(swapped ? second : first);
      right.show(swapped ? first : second);
    },
  };
}

/** A statement about this picture and another one. */
export function createComparePanel({ picture, others }: PanelContext, notOffered: string): Panel {
  const pair = createPair(picture);
  let swapped = false;
  const choice = createPictureChoice('Compare with', others, (second) => pair.show(second, swapped));
  const swap = element(
    'button',
    {
      type: 'button',
      class: 'quiet',
      onclick: () => {
        swapped = !swapped;
        pair.show(choice.value(), swapped);
      },
    },
    '⇄ Swap sides',
  );
  const statement = createTextField({
    label: 'Statement about both',
    placeholder: 'the left picture shows more balls than the right one',
    required: true,
    sentence: true,
  });
  const form = createTaskForm<TaskAnswer<'/v1/nlvr2'>>({
    fields: [choice.element, pair.element, swap, statement.element],
    action: 'Compare',
    notOffered,
    async ask(signal) {
      const second = choice.value();
      if (!second) throw new Error('Choose the second picture first.');
      const images = await Promise.all([asImage(picture), asImage(second)]);
      const [left, right] = swapped ? images.reverse() : images;
      return ask('/v1/nlvr2', { left: left!, right: right!, statement: statement.value() }, signal);
    },
    show: ({ label, score, model, truncated }) => [
      element(
        'p',
        { class: 'verdict' },
        `${label ? 'True' : 'False'} of these two (${percent(label ? score : 1 - score)})`,
      ),
      createBars(
        [
          { label: 'True', score },
          { label: 'False', score: 1 - score },
        ],
        label ? 'True' : 'False',
      ),
      createNote(model, truncated),
    ],
  });
  pair.show();
  let release = (): void => {};
  return {
    element: form.element,
    front() {
      release = takeDrops(choice.take);
    },
    back: () => release(),
  };
}
