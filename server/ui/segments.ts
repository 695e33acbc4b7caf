import { element } from './element.js';

export interface Segments<Value extends string> {
  element: HTMLElement;
  show(value: Value): void;
  value(): Value;
}

let groups = 0;

/** A choice between a few words that are all in sight. */
export function createSegments<Value extends string>(
  label: string,
  choices: readonly (readonly [Value, string])[],
  onChange: (value: Value) => void = () => {},
): Segments<Value> {
  const name = `segments-${groups++}`;
  const radios = choices.map(([value, text]) => {
    const radio = element('input', { type: 'radio', name, value, onchange: () => onChange(value) });
    return { value, radio, label: element('label', {}, radio, element('span', {}, text)) };
  });
  radios[0]!.radio.checked = true;
  return {
    element: element(
      'fieldset',
      { class: 'segments' },
      element('legend', {}, label),
      ...radios.map((choice) => choice.label),
    ),
    show(value) {
      for (const choice of radios) choice.radio.checked = choice.value === value;
    },
    value: () => radios.find(({ radio }) => radio.checked)!.value,
  };
}
