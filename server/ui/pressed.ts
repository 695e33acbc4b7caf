/** Says of each button whether it is pressed. */
export function setPressed(buttons: readonly HTMLButtonElement[], isPressed: (index: number) => boolean): void {
  for (const [index, button] of buttons.entries()) button.setAttribute('aria-pressed', String(isPressed(index)));
}
