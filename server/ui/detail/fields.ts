import { element } from '../element.js';

export interface TextField {
  element: HTMLElement;
  input: HTMLInputElement | HTMLTextAreaElement;
  value(): string;
}

export interface TextFieldOptions {
  label: string;
  value?: string | undefined;
  placeholder?: string;
  hint?: string;
  required?: boolean;
  /** Several lines, where Enter begins the next one. */
  lines?: number;
  /** One sentence that may be long: Enter sends it. */
  sentence?: boolean;
}

function sendOnEnter(event: KeyboardEvent, { form }: TextField['input']): void {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form?.requestSubmit();
}

/** Words to fill in, with their label above. */
export function createTextField(options: TextFieldOptions): TextField {
  const { label, value = '', placeholder, hint, required, lines, sentence } = options;
  const attributes = { placeholder, required, autocomplete: 'off', maxlength: 10_000, rows: lines ?? 2 };
  const input = lines || sentence ? element('textarea', attributes) : element('input', { type: 'text', ...attributes });
  if (sentence) input.addEventListener('keydown', (event) => sendOnEnter(event as KeyboardEvent, input));
  input.value = value;
  const row = element(
    'label',
    { class: 'text-field' },
    element('span', {}, label, hint && element('small', {}, ` ${hint}`)),
    input,
  );
  return { element: row, input, value: () => input.value.trim() };
}

/** The words of a field that takes one a line, or several between commas; each once. */
export function listOf(text: string): string[] {
  return [
    ...new Set(
      text
        .split(/[\n,]/)
        .map((part) => part.trim())
        .filter(Boolean),
    ),
  ];
}
