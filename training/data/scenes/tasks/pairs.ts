import { createRng, type Rng } from '../../../../model/random.js';
import type { Scene, Split } from '../scene.js';
import { isShort } from '../wording.js';
import { STATEMENT_WRITERS, type Statement } from './statements.js';

/** A sentence about the pictures at two places of a split, with its label; the form of NLVR2. */
export interface LabelledPair {
  identifier: string;
  sentence: string;
  label: 'True' | 'False';
  left: number;
  right: number;
}

/** Pictures that pairs are made of, and how often they are paired anew. */
const BLOCK = 8;
const ROUNDS = 2;

/** Pairs that share their sentences, and sentences that they share. */
const PAIRS = 4;
const SENTENCES = 4;

/** Draws of a kind of statement before another kind is tried. */
const MOST_DRAWS = 40;

type Pair = readonly [number, number];

/**
 * Writes statements about pairs of pictures: eight pictures after another are paired twice, and four pairs share four sentences, each
 * of them true of two pairs and false of the other two. Pictures past the last full block are in no pair, so that a larger split
 * begins with what a smaller one has; a split of fewer than eight pictures is a block of its own.
 */
export function* writeStatements(scenes: readonly Scene[], seed: number, split: Split): Generator<LabelledPair[]> {
  const size = Math.min(BLOCK, scenes.length);
  if (size < 2) return;
  for (let block = 0; (block + 1) * size <= scenes.length; block++) {
    const rng = createRng('statements', seed, split, block);
    for (let round = 0; round < ROUNDS; round++) {
      const pairs = drawPairs(size, rng).map(([left, right]): Pair => [block * size + left, block * size + right]);
      yield writeSet(`${split}-${ROUNDS * block + round}`, pairs, scenes, rng);
    }
  }
}

/** Each picture in one pair; of too few pictures, all pairs that there are or as many as are wanted. */
function drawPairs(size: number, rng: Rng): Pair[] {
  const places = rng.shuffle(Array.from({ length: size }, (_, place) => place));
  if (size >= 2 * PAIRS) return Array.from({ length: PAIRS }, (_, i) => [places[2 * i]!, places[2 * i + 1]!]);
  const all = places.flatMap((left) => places.flatMap((right): Pair[] => (left === right ? [] : [[left, right]])));
  return rng.shuffle(all).slice(0, PAIRS);
}

function writeSet(name: string, pairs: readonly Pair[], scenes: readonly Scene[], rng: Rng): LabelledPair[] {
  const drawn = pairs.map(([left, right]) => [scenes[left]!, scenes[right]!] as const);
  const chosen: { sentence: string; truths: boolean[] }[] = [];
  for (const writer of rng.shuffle(STATEMENT_WRITERS)) {
    for (let draw = 0; draw < MOST_DRAWS && chosen.length < SENTENCES; draw++) {
      const [left, right] = rng.pick(drawn);
      const statement = writer(left, right, rng);
      const truths = statement && isShort(statement.sentence) && judge(statement, drawn);
      if (!truths) continue;
      chosen.push({ sentence: statement.sentence, truths });
      break;
    }
  }
  return chosen.flatMap(({ sentence, truths }, number) =>
    pairs.map(([left, right], pair) => ({
      identifier: `${name}-${pair}-${number}`,
      sentence,
      label: truths[pair] ? ('True' as const) : ('False' as const),
      left,
      right,
    })),
  );
}

/** The truths of a statement that is true of one half of the pairs and false of the other; undefined for others. */
function judge(statement: Statement, pairs: readonly (readonly [Scene, Scene])[]): boolean[] | undefined {
  const truths = pairs.map(([left, right]) => statement.truth(left, right));
  const half = truths.filter((truth) => truth === true).length === truths.length / 2;
  return half && !truths.includes(undefined) ? (truths as boolean[]) : undefined;
}
