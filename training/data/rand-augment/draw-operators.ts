import type { Rng } from '../../../model/random.js';
import type { OperatorName, OperatorUse } from './operators.js';

/** RandAugment's two numbers: how many operators are drawn for a picture, and their level, 0 to 10. ALBEF has 2 and 7, and all ten. */
export interface RandAugment {
  operators: number;
  level: number;
  /** What is drawn from. */
  names: readonly OperatorName[];
}

/**
 * Draws the operators of one picture as ALBEF does (dataset/randaugment.py:319-331): each time any of the names, the same one twice
 * included, which is then used with probability 0.5, in either direction alike.
 */
export function drawOperators({ operators, level, names }: RandAugment, rng: Rng): OperatorUse[] {
  const uses: OperatorUse[] = [];
  for (let i = 0; i < operators; i++) {
    const name = rng.pick(names);
    const isUsed = rng.next() < 0.5;
    const sign = rng.next() < 0.5 ? 1 : -1;
    if (isUsed) uses.push({ name, level, sign });
  }
  return uses;
}
