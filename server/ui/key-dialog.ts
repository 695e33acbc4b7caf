import { element } from './element.js';

/** Asks for the key of a server that has one, and says so if one was refused; resolves when it was given. */
export function askForKey(refused: boolean): Promise<string> {
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
    refused && element('p', { class: 'problem', role: 'alert' }, 'The key that you gave is not the right one.'),
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
