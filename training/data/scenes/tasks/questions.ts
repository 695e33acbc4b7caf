import { createRng } from '../../../../model/random.js';
import type { Scene, Split } from '../scene.js';
import { drawWhetherAttribute, drawWhichAttribute } from './attribute-questions.js';
import { type Answered, Balance, type Draw } from './balance.js';
import { drawComparison } from './comparison-questions.js';
import { drawCounting } from './counting-questions.js';
import { drawExistence } from './existence-questions.js';
import { drawWhatStands, drawWhetherRelated } from './relation-questions.js';

/** The questions of one picture: their kinds, and how they are drawn. */
const ASKED = [
  { kind: 'existence', draw: drawExistence },
  { kind: 'counting', draw: drawCounting },
  { kind: 'attribute', draw: drawWhichAttribute },
  { kind: 'attribute', draw: drawWhichAttribute },
  { kind: 'attribute', draw: drawWhetherAttribute },
  { kind: 'comparison', draw: drawComparison },
  { kind: 'relation', draw: drawWhetherRelated },
  { kind: 'relation', draw: drawWhatStands },
] as const satisfies readonly { kind: string; draw: Draw }[];

type QuestionKind = (typeof ASKED)[number]['kind'];

export interface Question extends Answered {
  kind: QuestionKind;
}

/**
 * Asks eight questions about each scene of a split, all of different meaning. The same question is asked of other scenes that answer it
 * differently, so that the words alone tell little about the answer. Questions of a scene depend on it and the scenes before it.
 */
export function* askQuestions(scenes: readonly Scene[], seed: number, split: Split): Generator<Question[]> {
  const balances = new Map(ASKED.map(({ draw }) => [draw, new Balance(draw)]));
  for (const [index, scene] of scenes.entries()) {
    const rng = createRng('questions', seed, split, index);
    const taken = new Set<string>();
    yield ASKED.flatMap((wanted) => {
      // A scene may have nothing to say of a kind, as where its objects can't be told apart in a few words.
      for (const { kind, draw } of [wanted, ...rng.shuffle(ASKED)]) {
        const chosen = balances.get(draw)!.choose(scene, taken, rng);
        if (chosen) return { kind, ...chosen };
      }
      return [];
    });
  }
}
