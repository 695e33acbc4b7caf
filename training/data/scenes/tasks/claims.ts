import type { Rng } from '../../../../model/random.js';
import { ATTRIBUTES, type AttributeName, type Scene, type SceneObject } from '../scene.js';
import { matches, type Pattern, RELATIONS } from '../semantics.js';
import { bareNoun, nounPhrase, patternOf, predicate, relationPhrase } from '../wording.js';
import { isAllSeen } from './hideouts.js';
import { ATTRIBUTE_NAMES, areNested, countOf, drawPattern, drawValue, singleOut, spell, theOnly } from './patterns.js';
import { any, relate, type Truth } from './truth.js';

/** A plain claim about a picture, part of a hypothesis or all of one. */
export interface Claim {
  /** A main clause without capital and mark: "the cube is left of the ball". */
  words: string;
  /** The clause with one more thing said of its subject: "the cube is left of the ball and is hollow". */
  adding(predicate: string): string;
  kind: string;
  /** What it means, whatever its words. */
  meaning: string;
  mentions: readonly Pattern[];
  /** False only where nothing hidden could make it true. */
  truth(scene: Scene): Truth;
}

type ClaimWriter = (objects: readonly SceneObject[], rng: Rng) => Claim | undefined;

/** Draws a claim that a scene gives occasion to, true or false of it; undefined where the first idea came to nothing. */
export function drawClaim({ objects }: Scene, rng: Rng): Claim | undefined {
  return rng.pick(WRITERS)(objects, rng);
}

const WRITERS: readonly ClaimWriter[] = [
  drawPresence,
  drawPresence,
  drawPresenceBeside,
  drawPresenceBeside,
  drawPlace,
  drawPlace,
  drawLook,
  drawLook,
  drawNumber,
  drawLikeness,
];

/** "There is a red cube." */
export function drawPresence(objects: readonly SceneObject[], rng: Rng): Claim {
  const pattern = drawPattern(objects, rng);
  const words = `there is ${nounPhrase(pattern, rng)}`;
  return {
    words,
    adding: (predicate) => `${words} that ${predicate}`,
    kind: 'presence',
    meaning: spell(pattern),
    mentions: [pattern],
    truth: (scene) => countOf(scene.objects, pattern) > 0 || (isAllSeen(scene, pattern) ? false : undefined),
  };
}

/** "There is a red cube left of the ball." */
function drawPresenceBeside(objects: readonly SceneObject[], rng: Rng): Claim | undefined {
  const anchor = singleOut(rng.pick(objects), objects, rng);
  const pattern = drawPattern(objects, rng, 2);
  if (!anchor || areNested(pattern, anchor)) return undefined;
  const relation = rng.pick(RELATIONS);
  const thing = nounPhrase(pattern, rng);
  const where = `${relationPhrase(relation, rng)} the ${bareNoun(anchor, rng)}`;
  return {
    words: rng.pick([`there is ${thing} ${where}`, `${thing} is ${where}`, `${where} there is ${thing}`]),
    adding: (predicate) => `${where} there is ${thing} that ${predicate}`,
    kind: 'presence beside',
    meaning: `${spell(pattern)} ${relation} ${spell(anchor)}`,
    mentions: [pattern, anchor],
    truth(scene) {
      const found = theOnly(scene.objects, anchor);
      if (!found) return undefined;
      const others = scene.objects.filter((object) => object !== found && matches(pattern, object));
      const seen = any(others.map((object) => relate(object, relation, found)));
      return seen === false && !isAllSeen(scene, pattern) ? undefined : seen;
    },
  };
}

/** "The red cube is left of the ball." */
function drawPlace(objects: readonly SceneObject[], rng: Rng): Claim | undefined {
  const relation = rng.pick(RELATIONS);
  const [a, b] = rng.shuffle(objects) as [SceneObject, SceneObject];
  const [subject, object] = [a, b].map((one) => singleOut(one, objects, rng));
  if (!subject || !object) return undefined;
  const where = `${relationPhrase(relation, rng)} the ${bareNoun(object, rng)}`;
  return ofSubject(`the ${bareNoun(subject, rng)} is ${where}`, {
    kind: 'place',
    meaning: `${spell(subject)} ${relation} ${spell(object)}`,
    mentions: [subject, object],
    truth(scene) {
      const [first, second] = [subject, object].map((pattern) => theOnly(scene.objects, pattern));
      return first && second && first !== second ? relate(first, relation, second) : undefined;
    },
  });
}

/** "The small cube is red." */
function drawLook(objects: readonly SceneObject[], rng: Rng): Claim | undefined {
  const name = rng.pick(ATTRIBUTE_NAMES);
  const object = rng.pick(objects);
  const subject = singleOut(object, objects, rng, [name]);
  if (!subject) return undefined;
  const value = rng.next() < 0.5 ? object[name] : drawValue(name, rng)[name]!;
  return ofSubject(`the ${bareNoun(subject, rng)} is ${predicate(name, value, rng)}`, {
    kind: `look ${name}`,
    meaning: `${spell(subject)} is ${value}`,
    mentions: [subject, { [name]: value }],
    truth(scene) {
      const found = theOnly(scene.objects, subject);
      return found && found[name] === value;
    },
  });
}

/** "There are exactly two cubes." */
function drawNumber(objects: readonly SceneObject[], rng: Rng): Claim {
  const name = rng.pick<AttributeName>(['shape', 'shape', 'color', 'material', 'size']);
  const pattern = patternOf(rng.pick(objects), [name]);
  const exactly = rng.next() < 0.5;
  const wanted = 2 + Number(rng.next() < 0.3);
  const words = `there are ${exactly ? 'exactly' : 'at least'} ${nounPhrase(pattern, rng, wanted)}`;
  return {
    words,
    adding: (predicate) => `${words}, and one of them ${predicate}`,
    kind: 'number',
    meaning: `${exactly} ${wanted} ${spell(pattern)}`,
    mentions: [pattern],
    truth(scene) {
      const count = countOf(scene.objects, pattern);
      if (count > wanted) return !exactly;
      if (count === wanted && !exactly) return true;
      return isAllSeen(scene, pattern) ? count === wanted : undefined;
    },
  };
}

/** "The cube is the same color as the ball", "the red cube is larger than the cone". */
function drawLikeness(objects: readonly SceneObject[], rng: Rng): Claim | undefined {
  const name = rng.pick(ATTRIBUTE_NAMES);
  const [a, b] = rng.shuffle(objects) as [SceneObject, SceneObject];
  const [subject, object] = [a, b].map((one) => singleOut(one, objects, rng, [name]));
  if (!subject || !object) return undefined;
  const larger = name === 'size' && rng.next() < 0.6;
  const like = larger ? 'larger than' : `${name === 'material' ? 'made of the same material' : `the same ${name}`} as`;
  return ofSubject(`the ${bareNoun(subject, rng)} is ${like} the ${bareNoun(object, rng)}`, {
    kind: `likeness ${larger} ${name}`,
    meaning: `${spell(subject)} ${like} ${spell(object)}`,
    mentions: [subject, object],
    truth(scene) {
      const [first, second] = [subject, object].map((pattern) => theOnly(scene.objects, pattern));
      if (!first || !second || first === second) return undefined;
      // Objects of one size differ by a few per cent: whether one is larger would be disputable.
      if (larger) return first.size === second.size ? undefined : first.size === ATTRIBUTES.size[1];
      return first[name] === second[name];
    },
  });
}

function ofSubject(words: string, claim: Omit<Claim, 'words' | 'adding'>): Claim {
  return { ...claim, words, adding: (predicate) => `${words} and ${predicate}` };
}
