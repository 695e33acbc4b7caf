import { element } from './element.js';

/** Asks for the key of a server that has one; resolves when it was given. */
export function askForKey(): Promise<string> {
  const input = element('input', {
    type: 'password',
    name: 'key',
    required: true,
    autocomplete: 'off',
    'aria-label': 'API key',
  });
  const form = element(
    'form',
    { method: 'dialog' },
    element('h2', {}, 'This server asks for a key'),
    element('p', {}, 'It stays in this tab.'),
    input,
    element('button', { type: 'submit', class: 'go' }, 'Continue'),
  );
  const dialog = element('dialog', { class: 'key' }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(input.value);
    });
  });
}
