import { ask, type TaskAnswer } from '../api.js';
import { element } from '../element.js';
import { percent } from '../percent.js';
import { setPressed } from '../pressed.js';
import { createTextField } from './fields.js';
import { createHeatMap } from './heat-map.js';
import type { Panel, PanelContext } from './panel.js';
import { createNote, createTaskForm } from './task-form.js';

type Answer = TaskAnswer<'/v1/explain'>;
type Token = Answer['tokens'][number];

interface Word {
  text: string;
  tokens: Token[];
}

/** Tokens that make one word are looked at together. */
function wordsOf(tokens: readonly Token[]): Word[] {
  const words: Word[] = [];
  for (const token of tokens) {
    const last = words.at(-1);
    if (last && !token.text.startsWith(' ')) {
      last.text += token.text;
      last.tokens.push(token);
    } else words.push({ text: token.text.trim(), tokens: [token] });
  }
  return words;
}

/** The highest heat of a word, which tells how much it counts for. */
const heatOf = ({ tokens }: Word): number => Math.max(0, ...tokens.flatMap(({ heatmap }) => heatmap.values));

/** The words as buttons; the pressed one's heat is laid over the picture. */
function createWords(
  words: readonly Word[],
  cover: (overlay?: HTMLElement) => void,
): { element: HTMLElement; draw(): void } {
  let pressed = words.reduce((best, word) => (heatOf(word) > heatOf(best) ? word : best), words[0]!);
  const draw = (): void => {
    cover(createHeatMap(pressed.tokens.map(({ heatmap }) => heatmap)));
    setPressed(buttons, (index) => words[index] === pressed);
  };
  const buttons = words.map((word) => {
    const button = element(
      'button',
      {
        type: 'button',
        class: 'token',
        onclick: () => {
          pressed = word;
          draw();
        },
      },
      word.text,
    );
    button.style.setProperty('--heat', String(heatOf(word)));
    return button;
  });
  return { element: element('div', { class: 'tokens', role: 'group', 'aria-label': 'Words' }, ...buttons), draw };
}

/** Which part of the picture each word of a text looks at. */
export function createLookPanel({ image, words: begin, stage }: PanelContext, notOffered: string): Panel {
  const text = createTextField({ label: 'Text', value: begin, required: true, sentence: true });
  let drawn: (() => void) | undefined;
  const form = createTaskForm<Answer>({
    fields: [text.element],
    action: 'Look',
    notOffered,
    ask: async (signal) => ask('/v1/explain', { image: await image(), text: text.value() }, signal),
    show({ score, tokens, model, truncated }) {
      const words = createWords(wordsOf(tokens), stage.cover);
      drawn = words.draw;
      words.draw();
      const nothing = tokens.every(({ heatmap }) => heatmap.values.every((value) => value === 0));
      return [
        element('p', { class: 'verdict' }, `${percent(score)} match`),
        element(
          'p',
          { class: 'hint' },
          nothing
            ? 'Nothing in the picture speaks for a match with these words.'
            : 'Choose a word to see what it looks at. The more a word counts, the stronger its underline.',
        ),
        words.element,
        createNote(model, truncated),
      ];
    },
  });
  let begun = false;
  return {
    element: form.element,
    front() {
      drawn?.();
      if (!begun && begin) void form.submit();
      begun = true;
    },
  };
}
