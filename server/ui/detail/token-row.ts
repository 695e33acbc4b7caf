import { element } from '../element.js';
import { setPressed } from '../pressed.js';

export interface TokenRow {
  element: HTMLElement;
  show(masked: ReadonlySet<number>): void;
}

/** The tokens of a text as buttons that switch whether each is masked. */
export function createTokenRow(
  tokens: readonly string[],
  onSwitch: (token: number, masked: boolean) => void,
): TokenRow {
  const buttons = tokens.map((text, index) => {
    const button = element(
      'button',
      {
        type: 'button',
        // One that goes on with a word stands close to what is before it.
        class: index > 0 && !text.startsWith(' ') ? 'token joined' : 'token',
        'aria-pressed': 'false',
        onclick: () => onSwitch(index, button.getAttribute('aria-pressed') !== 'true'),
      },
      text.trim() || '␣',
    );
    return button;
  });
  return {
    element: element('div', { class: 'tokens mask', role: 'group', 'aria-label': 'Words to mask' }, ...buttons),
    show(masked) {
      setPressed(buttons, (token) => masked.has(token));
    },
  };
}
