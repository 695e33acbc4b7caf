import { createRng } from '../../../../model/random.js';
import type { Scene, Split } from '../scene.js';
import { type Answered, Balance, type Draw } from './balance.js';
import { drawBehind, drawBehindNumber } from './behind-hypotheses.js';
import { drawEither, drawPlain, drawPlainAndUnseen, drawPlainOrUnseen } from './unseen-hypotheses.js';

/** Sentences that may have any label, by the picture. */
const THREE_WAY: readonly Draw[] = [drawBehind, drawBehind, drawBehindNumber, drawEither];

/** Sentences that may have two of the labels, each pair as often as the others: two a picture, in turn. */
const TWO_WAY: readonly Draw[] = [drawPlain, drawPlainAndUnseen, drawPlainOrUnseen];

/**
 * Writes up to six hypotheses about each scene of a split, all of different meaning. The same sentence stands with other scenes that give
 * it the other labels, so that the words alone tell little about the label. Hypotheses of a scene depend on it and those before it.
 */
export function* writeHypotheses(scenes: readonly Scene[], seed: number, split: Split): Generator<Answered[]> {
  const balances = new Map([...THREE_WAY, ...TWO_WAY].map((draw) => [draw, new Balance(draw)]));
  for (const [index, scene] of scenes.entries()) {
    const rng = createRng('hypotheses', seed, split, index);
    const taken = new Set<string>();
    const inTurn = [2 * index, 2 * index + 1].map((turn) => TWO_WAY[turn % TWO_WAY.length]!);
    yield [...THREE_WAY, ...inTurn].flatMap((wanted) => {
      // Where nothing can hide, few sentences about what stands behind find the label that is due.
      for (const draw of [wanted, ...rng.shuffle(THREE_WAY)]) {
        const chosen = balances.get(draw)!.choose(scene, taken, rng);
        if (chosen) return chosen;
      }
      return [];
    });
  }
}
