import type { Rng } from '../../../../model/random.js';
import { ATTRIBUTES, type Scene, type SceneObject } from '../scene.js';
import { matches, type Pattern, RELATIONS } from '../semantics.js';
import { asSentence, bareNoun, nounPhrase, numberWord, outermostPhrase, patternOf, twoNouns } from '../wording.js';
import { drawContent, drawCounted } from './contents.js';
import { ATTRIBUTE_NAMES, countOf } from './patterns.js';
import { all, any, exactlyOne, not, outermost, type Truth } from './truth.js';

/** A sentence about two pictures that lie side by side. */
export interface Statement {
  sentence: string;
  truth(left: Scene, right: Scene): Truth;
}

type StatementWriter = (left: Scene, right: Scene, rng: Rng) => Statement | undefined;

/** The kinds of statements, each drawn from what a pair of pictures gives occasion to. */
export const STATEMENT_WRITERS: readonly StatementWriter[] = [
  sayBoth,
  sayNeither,
  sayOne,
  sayEitherSide,
  sayTotal,
  sayMore,
  saySameNumber,
  saySameLook,
  sayOutermostLook,
  sayCommon,
];

function eitherOf(left: Scene, right: Scene, rng: Rng): readonly SceneObject[] {
  return rng.pick([left, right]).objects;
}

/** "Both images show a red cube." */
function sayBoth(left: Scene, right: Scene, rng: Rng): Statement {
  const { words, isIn } = drawContent(eitherOf(left, right, rng), rng);
  const sentence = rng.pick([
    `both images show ${words}`,
    `both pictures show ${words}`,
    `each image contains ${words}`,
    `the left image and the right image both contain ${words}`,
  ]);
  return { sentence: asSentence(sentence, '.'), truth: (...pair) => all(pair.map(isIn)) };
}

/** "Neither image shows a red cube." */
function sayNeither(left: Scene, right: Scene, rng: Rng): Statement {
  const { words, isIn } = drawContent(eitherOf(left, right, rng), rng);
  const sentence = rng.pick([
    `neither image shows ${words}`,
    `neither picture contains ${words}`,
    `neither of the two images shows ${words}`,
  ]);
  return { sentence: asSentence(sentence, '.'), truth: (...pair) => not(any(pair.map(isIn))) };
}

/** "Exactly one of the images shows a red cube." */
function sayOne(left: Scene, right: Scene, rng: Rng): Statement {
  const { words, isIn } = drawContent(eitherOf(left, right, rng), rng);
  if (rng.next() < 0.4) {
    const sentence = rng.pick([`at least one of the images shows ${words}`, `at least one picture contains ${words}`]);
    return { sentence: asSentence(sentence, '.'), truth: (...pair) => any(pair.map(isIn)) };
  }
  const sentence = rng.pick([
    `exactly one of the images shows ${words}`,
    `only one of the pictures shows ${words}`,
    `one image shows ${words}, the other one does not`,
  ]);
  return { sentence: asSentence(sentence, '.'), truth: (a, b) => exactlyOne(isIn(a), isIn(b)) };
}

/** "The left image shows a red cube.", "One image shows a red cube and the other one shows a ball." */
function sayEitherSide(left: Scene, right: Scene, rng: Rng): Statement {
  const [first, second] = [drawContent(left.objects, rng), drawContent(right.objects, rng)];
  return rng.pick<() => Statement>([
    () => ({
      sentence: asSentence(`the left ${rng.pick(['image shows', 'picture contains'])} ${first.words}`, '.'),
      truth: (a) => first.isIn(a),
    }),
    () => ({
      sentence: asSentence(`the right ${rng.pick(['image shows', 'picture contains'])} ${second.words}`, '.'),
      truth: (_, b) => second.isIn(b),
    }),
    () => ({
      sentence: asSentence(`the left image shows ${first.words}, and the right image shows ${second.words}`, '.'),
      truth: (a, b) => all([first.isIn(a), second.isIn(b)]),
    }),
    () => ({
      sentence: asSentence(`one image shows ${first.words} and the other one shows ${second.words}`, '.'),
      truth: (a, b) => any([all([first.isIn(a), second.isIn(b)]), all([first.isIn(b), second.isIn(a)])]),
    }),
  ])();
}

const COMPARED: { [words: string]: (count: number, wanted: number) => boolean } = {
  exactly: (count, wanted) => count === wanted,
  'at least': (count, wanted) => count >= wanted,
  'at most': (count, wanted) => count <= wanted,
  'more than': (count, wanted) => count > wanted,
};

/** "There are exactly four cubes in the two images together.", "The two images show more cubes than balls in total." */
function sayTotal(left: Scene, right: Scene, rng: Rng): Statement | undefined {
  const pattern = drawCounted(eitherOf(left, right, rng), rng);
  const total = totalOf(pattern, left, right);
  if (rng.next() < 0.25) return sayMoreInAll(pattern, drawCounted(eitherOf(left, right, rng), rng), rng);
  const wanted = total + rng.int(3) - 1;
  // Two pictures hold eight objects at most.
  if (wanted < 1 || wanted > 8) return undefined;
  const compared = rng.pick(Object.keys(COMPARED));
  const things = `${compared} ${numberWord(wanted)} ${bareNoun(pattern, rng, wanted)}`;
  const is = wanted === 1 ? 'is' : 'are';
  const sentence = rng.pick([
    `there ${is} ${things} in the two images together`,
    `there ${is} ${things} in total`,
    `the two pictures contain ${things} in all`,
  ]);
  return {
    sentence: asSentence(sentence, '.'),
    truth: (...pair) => COMPARED[compared]!(totalOf(pattern, ...pair), wanted),
  };
}

function sayMoreInAll(more: Pattern, fewer: Pattern, rng: Rng): Statement | undefined {
  const name = ATTRIBUTE_NAMES.find((one) => more[one] !== undefined && fewer[one] !== undefined);
  if (!name || more[name] === fewer[name]) return undefined;
  const sentence = `the two images show more ${twoNouns(more, 'than', fewer, rng)} in total`;
  return {
    sentence: asSentence(sentence, '.'),
    truth: (...pair) => totalOf(more, ...pair) > totalOf(fewer, ...pair),
  };
}

function totalOf(pattern: Pattern, left: Scene, right: Scene): number {
  return countOf(left.objects, pattern) + countOf(right.objects, pattern);
}

/** "The left image shows more cubes than the right one." */
function sayMore(left: Scene, right: Scene, rng: Rng): Statement {
  const pattern = drawCounted(eitherOf(left, right, rng), rng);
  const things = bareNoun(pattern, rng, 2);
  const [one, other] = rng.shuffle(['left', 'right']);
  const more = rng.next() < 0.6;
  const sentence = rng.pick([
    `the ${one} image shows ${more ? 'more' : 'fewer'} ${things} than the ${other} one`,
    `the ${one} picture contains ${more ? 'more' : 'fewer'} ${things} than the ${other} picture`,
    `there are ${more ? 'more' : 'fewer'} ${things} in the ${one} image than in the ${other} one`,
  ]);
  return {
    sentence: asSentence(sentence, '.'),
    truth(a, b) {
      const lead = countOf(a.objects, pattern) - countOf(b.objects, pattern);
      return lead * (one === 'left' ? 1 : -1) * (more ? 1 : -1) > 0;
    },
  };
}

/** "Both images show the same number of cubes."; where there are none the words would be disputable. */
function saySameNumber(left: Scene, right: Scene, rng: Rng): Statement {
  const pattern = drawCounted(eitherOf(left, right, rng), rng);
  const things = bareNoun(pattern, rng, 2);
  const same = rng.next() < 0.6;
  const sentence = same
    ? rng.pick([
        `both images show the same number of ${things}`,
        `the number of ${things} is the same in both pictures`,
      ])
    : rng.pick([
        `the two images show different numbers of ${things}`,
        `the number of ${things} is not the same in the two pictures`,
      ]);
  return {
    sentence: asSentence(sentence, '.'),
    truth(a, b) {
      const [first, second] = [countOf(a.objects, pattern), countOf(b.objects, pattern)];
      return first + second === 0 ? undefined : (first === second) === same;
    },
  };
}

/** "A cube in the left image has the same color as a ball in the right image."; where there is no such cube, none has. */
function saySameLook(left: Scene, right: Scene, rng: Rng): Statement {
  const name = rng.pick(ATTRIBUTE_NAMES);
  const others = ATTRIBUTE_NAMES.filter((one) => one !== name);
  const drawKind = ({ objects }: Scene) => patternOf(rng.pick(objects), [rng.pick(others)]);
  const [first, second] = [drawKind(left), drawKind(right)];
  const same = `${name === 'material' ? 'is made of' : 'has'} the same ${name} as`;
  const some = rng.next() < 0.6;
  const sentence = some
    ? `${nounPhrase(first, rng)} in the left image ${same} ${nounPhrase(second, rng)} in the right image`
    : `no ${bareNoun(first, rng)} in the left image ${same} any ${bareNoun(second, rng)} in the right image`;
  return {
    sentence: asSentence(sentence, '.'),
    truth(a, b) {
      const those = b.objects.filter((other) => matches(second, other));
      const isShared = a.objects.some((one) => matches(first, one) && those.some((other) => one[name] === other[name]));
      return isShared === some;
    },
  };
}

/** "The leftmost object has the same color in both images." */
function sayOutermostLook(_left: Scene, _right: Scene, rng: Rng): Statement {
  const name = rng.pick(ATTRIBUTE_NAMES);
  const same = rng.next() < 0.6;
  const relation = rng.pick(RELATIONS);
  const object = outermostPhrase(relation, rng);
  const sentence = same
    ? `${object} has the same ${name} in both images`
    : `${object} differs in ${name} between the two images`;
  return {
    sentence: asSentence(sentence, '.'),
    truth(...pair) {
      const [one, other] = pair.map(({ objects }) => outermost(objects, relation));
      return one && other && (one[name] === other[name]) === same;
    },
  };
}

/** "At least one color appears in both images.", "The two images have no shape in common." */
function sayCommon(_left: Scene, _right: Scene, rng: Rng): Statement {
  const name = rng.pick(['color', 'shape'] as const);
  const common = rng.next() < 0.6;
  const sentence = common
    ? rng.pick([`at least one ${name} appears in both images`, `the two pictures have a ${name} in common`])
    : rng.pick([`no ${name} appears in both images`, `the two pictures have no ${name} in common`]);
  return {
    sentence: asSentence(sentence, '.'),
    truth(a, b) {
      const isShared = ATTRIBUTES[name].some((value) =>
        [a, b].every(({ objects }) => objects.some((object) => object[name] === value)),
      );
      return isShared === common;
    },
  };
}
