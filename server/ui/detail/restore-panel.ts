import { ask, type Model, type TaskAnswer } from '../api.js';
import { element } from '../element.js';
import { createTextField } from './fields.js';
import { drawMask, switched } from './mask.js';
import type { Panel, PanelContext } from './panel.js';
import { createPatchGrid } from './patch-grid.js';
import { createRestored } from './restored.js';
import { createNote, createTaskForm } from './task-form.js';
import { createTokenRow, type TokenRow } from './token-row.js';

/** Shares that are masked at random, about as in training. */
const SHARES = { patches: 0.5, words: 0.3 };

/** Patches of a row of the model's pictures. */
function columnsOf(models: readonly Model[]): number {
  const model = models.find(({ tasks }) => tasks.includes('reconstruct'));
  const { size, patch } = (model?.config.image ?? { size: 1, patch: 1 }) as { size: number; patch: number };
  return Math.floor(size / patch);
}

/** Words and patches to mask, and what the model puts there. */
export function createRestorePanel({ image, words, stage, models }: PanelContext, notOffered: string): Panel {
  const columns = columnsOf(models);
  let patches: ReadonlySet<number> = new Set();
  let tokens: ReadonlySet<number> = new Set();
  let read: { text: string; row: TokenRow; count: number } | undefined;

  const text = createTextField({ label: 'Text', value: words, required: true, sentence: true });
  const tokenPlace = element('div', { class: 'token-place' });
  const grid = createPatchGrid(columns, (patch, masked) => mask(switched(patches, patch, masked), tokens));
  const mask = (nextPatches: ReadonlySet<number>, nextTokens: ReadonlySet<number>): void => {
    patches = nextPatches;
    tokens = nextTokens;
    grid.show(patches);
    read?.row.show(tokens);
  };
  const restore = async (signal: AbortSignal, whole: boolean): Promise<TaskAnswer<'/v1/reconstruct'>> => {
    const masks = { imageMask: whole ? [] : [...patches], textMask: whole ? [] : [...tokens] };
    return ask('/v1/reconstruct', { image: await image(), text: text.value(), ...masks }, signal);
  };
  /** Only the model knows how the text falls into tokens: it is asked once, with nothing masked. */
  const readWords = async (signal: AbortSignal): Promise<void> => {
    if (!text.value() || read?.text === text.value()) return;
    const { tokens: spelled, truncated } = await restore(signal, true);
    const row = createTokenRow(
      spelled.map((token) => token.text),
      (token, masked) => mask(patches, switched(tokens, token, masked)),
    );
    read = { text: text.value(), row, count: spelled.length };
    const cut = createNote(undefined, truncated);
    tokenPlace.replaceChildren(row.element, ...(cut ? [cut] : []));
    mask(patches, new Set());
  };
  const button = (label: string, onclick: () => void): HTMLElement =>
    element('button', { type: 'button', class: 'quiet', onclick }, label);
  const drawn = (): void =>
    mask(
      drawMask(columns ** 2, SHARES.patches, Math.random),
      read ? drawMask(read.count, SHARES.words, Math.random) : new Set(),
    );
  const form = createTaskForm({
    fields: [
      element('p', { class: 'hint' }, 'Click patches of the picture and words of the text to mask them.'),
      text.element,
      tokenPlace,
      element(
        'div',
        { class: 'row' },
        button('Mask at random', drawn),
        button('Clear', () => mask(new Set(), new Set())),
      ),
    ],
    action: 'Restore',
    notOffered,
    async ask(signal) {
      await readWords(signal);
      if (patches.size === 0 && tokens.size === 0) throw new Error('Mask a word or a patch first.');
      return restore(signal, false);
    },
    show: (answer) => [...createRestored(answer), createNote(answer.model, answer.truncated)],
  });
  const spell = (): void => {
    form.fail('');
    readWords(new AbortController().signal).catch((error: Error) => form.fail(error.message));
  };
  text.input.addEventListener('change', spell);
  return {
    element: form.element,
    front() {
      stage.cover(grid.element);
      if (!read) spell();
    },
  };
}
