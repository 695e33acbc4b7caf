import { type Collection, type Model, putCollection } from '../api.js';
import { element } from '../element.js';

export interface TargetChoice {
  element: HTMLElement;
  /** Makes the collection if it is a new one, and gives its name. */
  settle(): Promise<string>;
}

const NEW = '';

/** Which collection files go into: one that exists, or a new one with a name and, where there are several, a model. */
export function createTargetChoice(
  collections: readonly Collection[],
  current: string,
  models: Promise<Model[]>,
): TargetChoice {
  const select = element(
    'select',
    { 'aria-label': 'Collection' },
    ...collections.map(({ name }) => element('option', { value: name }, name)),
    element('option', { value: NEW }, 'A new collection …'),
  );
  select.value = collections.some(({ name }) => name === current) ? current : NEW;
  const name = element('input', {
    type: 'text',
    required: true,
    maxlength: 64,
    pattern: '[A-Za-z0-9][A-Za-z0-9._\\-]*',
    title: 'Letters, digits, dots, dashes and underscores, the first one a letter or digit',
    placeholder: 'photos',
    autocomplete: 'off',
    'aria-label': 'Name of the new collection',
  });
  const model = element('select', { 'aria-label': 'Model of the new collection', hidden: true });
  const made = element('span', { class: 'target-new' }, name, model);
  const arrange = (): void => {
    made.hidden = select.value !== NEW;
    name.disabled = made.hidden;
  };
  select.addEventListener('change', () => {
    arrange();
    if (select.value === NEW) name.focus();
  });
  arrange();
  const searching = models.then((all) => all.filter(({ tasks }) => tasks.includes('retrieval')));
  searching.then(
    (all) => {
      model.replaceChildren(...all.map((each) => element('option', { value: each.name }, each.name)));
      model.hidden = all.length < 2;
    },
    () => {},
  );
  return {
    element: element('div', { class: 'target' }, element('span', {}, 'Into'), select, made),
    async settle() {
      if (select.value !== NEW) return select.value;
      const { name: settled } = await putCollection(name.value, model.value || undefined);
      if (![...select.options].some(({ value }) => value === settled)) {
        select.prepend(element('option', { value: settled }, settled));
      }
      select.value = settled;
      arrange();
      return settled;
    },
  };
}
