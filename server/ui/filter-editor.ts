import type { Hit, Item } from './api.js';
import { type Condition, type Filters, OPERATORS, type Operator } from './conditions.js';
import { element } from './element.js';
import { createSegments } from './segments.js';

export interface FilterEditor {
  element: HTMLElement;
  show(filters: Filters): void;
  /** Offers the fields of these items. */
  learn(items: (Hit | Item)[]): void;
  /** Says what is wrong with the filter, or nothing. */
  fail(message: string): void;
}

interface Row {
  element: HTMLElement;
  field: HTMLInputElement;
  /** Nothing while something is missing. */
  read(): Condition | undefined;
}

function createRow({ field, operator, value }: Condition, onChange: () => void, onRemove: () => void): Row {
  const box = (label: string, text: string, list?: string): HTMLInputElement => {
    const input = element('input', { type: 'text', 'aria-label': label, placeholder: label, list, onchange: onChange });
    input.value = text;
    return input;
  };
  const fieldBox = box('Field', field, 'known-fields');
  const valueBox = box('Value', value);
  const select = element(
    'select',
    { 'aria-label': 'Comparison', onchange: onChange },
    ...Object.entries(OPERATORS).map(([name, text]) => element('option', { value: name }, text)),
  );
  select.value = operator;
  const remove = element(
    'button',
    { type: 'button', class: 'plain', 'aria-label': 'Remove this condition', onclick: onRemove },
    '×',
  );
  return {
    element: element(
      'div',
      { class: 'condition', role: 'group', 'aria-label': 'Condition' },
      fieldBox,
      select,
      valueBox,
      remove,
    ),
    field: fieldBox,
    read() {
      const read = { field: fieldBox.value.trim(), operator: select.value as Operator, value: valueBox.value.trim() };
      return read.field && read.value ? read : undefined;
    },
  };
}

/** The names of all fields, those of nested objects with a dot. */
function fieldsOf(metadata: Record<string, unknown>, prefix = ''): string[] {
  return Object.entries(metadata).flatMap(([name, value]) => {
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value);
    return nested ? fieldsOf(value as Record<string, unknown>, `${prefix}${name}.`) : [prefix + name];
  });
}

/** Rows of conditions over metadata. Rows that are not filled in yet count for nothing. */
export function createFilterEditor(onChange: (filters: Filters) => void): FilterEditor {
  let rows: Row[] = [];
  const known = new Set<string>();
  const list = element('div', { class: 'conditions' });
  const fields = element('datalist', { id: 'known-fields' });
  const problem = element('p', { class: 'problem', role: 'alert' });
  const match = createSegments(
    'Which conditions must hold',
    [
      ['all', 'All of these'],
      ['any', 'Any of these'],
    ],
    () => changed(),
  );

  const read = (): Filters => ({ any: match.value() === 'any', conditions: rows.flatMap((row) => row.read() ?? []) });
  const changed = (): void => onChange(read());
  const arrange = (): void => {
    list.replaceChildren(...rows.map((row) => row.element));
    match.element.hidden = rows.length < 2;
  };
  const add = (condition: Condition): Row => {
    const row: Row = createRow(condition, changed, () => {
      rows = rows.filter((other) => other !== row);
      arrange();
      (rows.at(-1)?.field ?? more).focus();
      changed();
    });
    rows.push(row);
    arrange();
    return row;
  };
  const more = element(
    'button',
    {
      type: 'button',
      class: 'quiet',
      onclick: () => add({ field: '', operator: 'is', value: '' }).field.focus(),
    },
    '+ Add a condition',
  );

  return {
    element: element('div', { class: 'filters' }, match.element, list, fields, problem, more),
    show(filters) {
      match.show(filters.any ? 'any' : 'all');
      // What is shown already keeps its focus, and the rows that are still being written.
      if (JSON.stringify(read().conditions) === JSON.stringify(filters.conditions)) return arrange();
      rows = [];
      filters.conditions.forEach(add);
      arrange();
    },
    learn(items) {
      const before = known.size;
      for (const { metadata = {} } of items) for (const field of fieldsOf(metadata)) known.add(field);
      if (known.size > before) fields.replaceChildren(...[...known].map((value) => element('option', { value })));
    },
    fail(message) {
      problem.textContent = message;
    },
  };
}
