import { element } from '../element.js';
import { setPressed } from '../pressed.js';

export interface PatchGrid {
  element: HTMLElement;
  show(masked: ReadonlySet<number>): void;
}

const MOVES: Record<string, (columns: number) => number> = {
  ArrowRight: () => 1,
  ArrowLeft: () => -1,
  ArrowDown: (columns) => columns,
  ArrowUp: (columns) => -columns,
};

/**
 * A grid over a picture whose patches are switched by clicking, by dragging over several, or with arrow keys and space. It is one stop of
 * the Tab key.
 */
export function createPatchGrid(columns: number, onSwitch: (patch: number, masked: boolean) => void): PatchGrid {
  const patches = Array.from({ length: columns ** 2 }, (_, patch) => {
    const [row, column] = [Math.floor(patch / columns) + 1, (patch % columns) + 1];
    return element('button', {
      type: 'button',
      class: 'patch',
      'aria-label': `Patch in row ${row}, column ${column}`,
      'aria-pressed': 'false',
      tabindex: patch === 0 ? 0 : -1,
    });
  });
  const grid = element('div', { class: 'patches', role: 'group', 'aria-label': 'Patches of the picture' }, ...patches);
  grid.style.setProperty('--columns', String(columns));
  const isMasked = (patch: number): boolean => patches[patch]!.getAttribute('aria-pressed') === 'true';
  const patchAt = (event: Event): number => patches.indexOf(event.target as HTMLButtonElement);

  let painting: boolean | undefined;
  grid.addEventListener('pointerdown', (event) => {
    const patch = patchAt(event);
    if (patch < 0) return;
    // A finger would else keep all that follows to the patch that it touched first.
    patches[patch]!.releasePointerCapture(event.pointerId);
    painting = !isMasked(patch);
    onSwitch(patch, painting);
  });
  grid.addEventListener('pointerover', (event) => {
    const patch = patchAt(event);
    if (painting !== undefined && event.buttons === 1 && patch >= 0) onSwitch(patch, painting);
  });
  grid.addEventListener('click', (event) => {
    const patch = patchAt(event);
    // A click without a pointer is one of the keyboard; others were seen when the button went down.
    if ((event as PointerEvent).detail === 0 && patch >= 0) onSwitch(patch, !isMasked(patch));
    painting = undefined;
  });
  grid.addEventListener('keydown', (event) => {
    const move = MOVES[event.key];
    const next = patches[patchAt(event) + (move?.(columns) ?? 0)];
    if (!move || !next) return;
    event.preventDefault();
    for (const patch of patches) patch.tabIndex = patch === next ? 0 : -1;
    next.focus();
  });
  return {
    element: grid,
    show(masked) {
      setPressed(patches, (patch) => masked.has(patch));
    },
  };
}
