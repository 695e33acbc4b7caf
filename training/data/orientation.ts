import type { Rng } from '../../model/random.js';

/** Which mirrorings and turns a recipe allows; `dihedral` is all eight, for pictures without an up, such as aerial photos. */
export type FlipRule = 'none' | 'horizontal' | 'dihedral';

/** One of the eight symmetries of a square: mirror across the main diagonal first, then left-right, then top-bottom. */
export interface Orientation {
  transpose: boolean;
  mirrorX: boolean;
  mirrorY: boolean;
}

const UPRIGHT: Orientation = { transpose: false, mirrorX: false, mirrorY: false };
const MIRRORED: Orientation = { ...UPRIGHT, mirrorX: true };
const ALL: Orientation[] = [false, true].flatMap((transpose) =>
  [false, true].flatMap((mirrorX) => [false, true].map((mirrorY) => ({ transpose, mirrorX, mirrorY }))),
);

// Prefixes on purpose: leftmost, right-hand, topmost, northern. X-VLM skips flips on 'left' and 'right' alike
// (dataset/vqa_dataset.py:83-87).
const SIDEWAYS_WORDS = /\b(left|right|east|west)/i;
const UPRIGHT_WORDS = /\b(above|below|beneath|top|bottom|upper|lower|north|south)/i;

/** Whether a text says on which side something is, so that it may no longer be true of the picture mirrored. */
export const namesSide = (text: string): boolean => SIDEWAYS_WORDS.test(text);

/** The orientations under which a text stays true: words of a direction forbid whatever would change that direction. */
export function allowedOrientations(text: string, rule: FlipRule): readonly Orientation[] {
  if (rule === 'none') return [UPRIGHT];
  const sideways = namesSide(text);
  if (rule === 'horizontal') return sideways ? [UPRIGHT] : [UPRIGHT, MIRRORED];
  const upright = UPRIGHT_WORDS.test(text);
  return ALL.filter(
    ({ transpose, mirrorX, mirrorY }) => !(sideways && (mirrorX || transpose)) && !(upright && (mirrorY || transpose)),
  );
}

/** Draws one of the allowed orientations, each equally likely. */
export function drawOrientation(text: string, rule: FlipRule, rng: Rng): Orientation {
  return rng.pick(allowedOrientations(text, rule));
}
