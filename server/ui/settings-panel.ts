import type { Hit, Item } from './api.js';
import { element } from './element.js';
import { createFilterEditor } from './filter-editor.js';
import type { Settings } from './page-state.js';
import { ApiError } from './send.js';

export interface SettingsPanel {
  /** Opens and folds the panel. */
  button: HTMLElement;
  show(settings: Settings): void;
  learn(items: (Hit | Item)[]): void;
  /** Shows an error beside the setting that it is about; false where it is about none of them. */
  fail(error: unknown): boolean;
}

const MOST = 1000;

interface NumberBox {
  element: HTMLElement;
  input: HTMLInputElement;
  fail(message: string): void;
}

function createNumberBox(
  name: string,
  label: string,
  hint: string,
  placeholder: string,
  onChange: (value?: number) => void,
): NumberBox {
  const problem = element('span', { class: 'problem', role: 'alert', id: `${name}-problem` });
  const input = element('input', {
    type: 'number',
    name,
    min: 1,
    max: MOST,
    placeholder,
    inputmode: 'numeric',
    'aria-describedby': `${name}-problem`,
  });
  input.addEventListener('change', () => {
    if (input.reportValidity()) onChange(input.value === '' ? undefined : input.valueAsNumber);
  });
  return {
    element: element('label', { class: 'number', title: hint }, element('span', {}, label), input, problem),
    input,
    fail(message) {
      problem.textContent = message;
    },
  };
}

/** Filters, and how many results and candidates there are; folded in until somebody wants them. */
export function createSettingsPanel(
  container: HTMLElement,
  usualK: number,
  onChange: (change: Partial<Settings>) => void,
): SettingsPanel {
  const filters = createFilterEditor((changed) => onChange({ filters: changed }));
  const k = createNumberBox('k', 'Results', 'How many results to show', String(usualK), (value) =>
    onChange({ k: value ?? usualK }),
  );
  const hint = 'How many of the nearest are considered and re-ranked; empty = what the model suggests';
  const candidates = createNumberBox('candidates', 'Candidates', hint, 'auto', (value) =>
    onChange({ candidates: value }),
  );
  const body = element(
    'div',
    { class: 'settings-body', id: 'settings-body', hidden: true },
    element('section', { 'aria-label': 'Filters' }, element('h2', {}, 'Only where the metadata says'), filters.element),
    element('section', { class: 'numbers', 'aria-label': 'Numbers' }, k.element, candidates.element),
  );
  const open = (wanted: boolean): void => {
    body.hidden = !wanted;
    button.setAttribute('aria-expanded', String(wanted));
  };
  const count = element('span', { class: 'badge', hidden: true });
  const button = element(
    'button',
    {
      type: 'button',
      class: 'quiet',
      'aria-expanded': 'false',
      'aria-controls': 'settings-body',
      onclick: () => open(body.hidden !== false),
    },
    'Filters ',
    count,
  );
  container.replaceChildren(body);
  const places: [RegExp, (message: string) => void][] = [
    [/^filter\b/, (message) => filters.fail(message ? `The server cannot use this filter: ${message}` : '')],
    [/^k$/, k.fail],
    [/^candidates$/, candidates.fail],
  ];

  return {
    button,
    show(settings) {
      for (const [, clear] of places) clear('');
      filters.show(settings.filters);
      k.input.value = settings.k === usualK ? '' : String(settings.k);
      candidates.input.value = settings.candidates === undefined ? '' : String(settings.candidates);
      const changed = settings.filters.conditions.length;
      count.hidden = changed === 0;
      count.textContent = String(changed);
    },
    learn: filters.learn,
    fail(error) {
      if (!(error instanceof ApiError)) return false;
      const found = error.fields.flatMap(({ path, message }) => {
        const place = places.find(([pattern]) => pattern.test(path));
        return place ? [() => place[1](`${path}: ${message}`)] : [];
      });
      for (const tell of found) tell();
      if (found.length > 0) open(true);
      return found.length > 0;
    },
  };
}
