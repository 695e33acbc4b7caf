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
  /** Several lines. */
  lines?: number;
}

/** Words to fill in, with their label above. */
export function createTextField({
  label,
  value = '',
  placeholder,
  hint,
  required,
  lines,
}: TextFieldOptions): TextField {
  const attributes = { placeholder, required, autocomplete: 'off', maxlength: 10_000, rows: lines };
  const input = lines ? element('textarea', attributes) : element('input', { type: 'text', ...attributes });
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
