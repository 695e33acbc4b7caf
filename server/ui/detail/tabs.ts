import { element } from '../element.js';

export interface Tabs {
  element: HTMLElement;
  show(name: string): void;
  focus(): void;
}

const STEPS: Record<string, (at: number, count: number) => number> = {
  ArrowRight: (at, count) => (at + 1) % count,
  ArrowLeft: (at, count) => (at + count - 1) % count,
  Home: () => 0,
  End: (_at, count) => count - 1,
};

/** A row of tabs for one panel; arrow keys go from one to the next. */
export function createTabs(
  label: string,
  panelId: string,
  names: readonly { name: string; label: string; title: string; offered: boolean }[],
  onPick: (name: string) => void,
): Tabs {
  const buttons = names.map(({ name, label: text, title, offered }) =>
    element(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${name}`,
        title,
        class: offered ? 'tab' : 'tab off',
        'aria-controls': panelId,
        onclick: () => onPick(name),
      },
      text,
    ),
  );
  const list = element('div', { class: 'tabs', role: 'tablist', 'aria-label': label }, ...buttons);
  list.addEventListener('keydown', (event) => {
    const step = STEPS[event.key];
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = step(at, buttons.length);
    onPick(names[next]!.name);
    buttons[next]!.focus();
  });
  return {
    element: list,
    show(name) {
      buttons.forEach((button, index) => {
        const selected = names[index]!.name === name;
        button.setAttribute('aria-selected', String(selected));
        button.tabIndex = selected ? 0 : -1;
      });
    },
    focus: () => buttons.find(({ tabIndex }) => tabIndex === 0)?.focus(),
  };
}
