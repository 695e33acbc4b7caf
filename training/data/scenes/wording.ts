import type { Rng } from '../../../model/random.js';
import type { AttributeName, Attributes } from './scene.js';
import type { Pattern, Relation } from './semantics.js';

const SHAPE_NOUNS = {
  cube: ['cube', 'cube', 'block'],
  sphere: ['sphere', 'ball', 'ball'],
  cylinder: ['cylinder'],
  cone: ['cone'],
} as const;

const SIZE_WORDS = { small: ['small', 'small', 'little'], large: ['large', 'large', 'big'] } as const;

/** Adjectives before the colour ("shiny red") and after it ("red metal"). */
const MATERIAL_WORDS = {
  rubber: { before: ['matte'], after: ['rubber'] },
  metal: { before: ['shiny'], after: ['metal', 'metallic'] },
} as const;

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];

const RELATION_WORDS: { [R in Relation]: readonly string[] } = {
  left: ['left of', 'to the left of'],
  right: ['right of', 'to the right of'],
  front: ['in front of'],
  behind: ['behind'],
};

/** How a relation is said of something that comes after: "a cube with a ball to its left". */
const TRAILING_WORDS: { [R in Relation]: readonly string[] } = {
  left: ['to its left', 'on its left'],
  right: ['to its right', 'on its right'],
  front: ['in front of it'],
  behind: ['behind it'],
};

/** Places in depth are told from the camera. */
const OUTERMOST_WORDS: { [R in Relation]: readonly string[] } = {
  left: ['leftmost object', 'object farthest to the left'],
  right: ['rightmost object', 'object farthest to the right'],
  front: ['object nearest to the camera', 'object at the very front'],
  behind: ['object farthest from the camera', 'object at the very back'],
};

/** "a small red metal cube", "an orange object", or with a count "two shiny cones". */
export function nounPhrase(pattern: Pattern, rng: Rng, count = 1): string {
  const phrase = bareNoun(pattern, rng, count);
  return count > 1 ? `${numberWord(count)} ${phrase}` : withArticle(phrase);
}

/** "small red metal cube"; for any other count than one "shiny cones". */
export function bareNoun(pattern: Pattern, rng: Rng, count = 1): string {
  const words = adjectives(pattern, rng);
  const noun = pattern.shape ? rng.pick(SHAPE_NOUNS[pattern.shape]) : rng.pick(['object', 'thing']);
  return [...words, count === 1 ? noun : `${noun}s`].join(' ');
}

/** "cubes than balls", "red than blue things": where both are any objects the noun is said once. */
export function twoNouns(first: Pattern, word: 'than' | 'as', second: Pattern, rng: Rng): string {
  const phrase = bareNoun(first, rng, 2);
  const start = first.shape || second.shape ? phrase : phrase.replace(/ \w+$/, '');
  return `${start} ${word} ${bareNoun(second, rng, 2)}`;
}

/** "a red cube", "an orange object". */
export function withArticle(phrase: string): string {
  return `${/^[aeiou]/.test(phrase) ? 'an' : 'a'} ${phrase}`;
}

/** What can be said of an object with one attribute: "red", "a cube", "made of metal". */
export function predicate(name: AttributeName, value: string, rng: Rng): string {
  if (name === 'shape') return nounPhrase({ shape: value as Attributes['shape'] }, rng);
  return name === 'material' ? `made of ${value}` : value;
}

/** A sentence of its own: a capital first, the mark last. */
export function asSentence(words: string, mark: '.' | '?'): string {
  return `${words[0]!.toUpperCase()}${words.slice(1)}${mark}`;
}

function adjectives({ size, color, material }: Pattern, rng: Rng): string[] {
  const before = material !== undefined && rng.next() < 0.4;
  return [
    size ? rng.pick(SIZE_WORDS[size]) : '',
    material && before ? rng.pick(MATERIAL_WORDS[material].before) : '',
    color ?? '',
    material && !before ? rng.pick(MATERIAL_WORDS[material].after) : '',
  ].filter((word) => word !== '');
}

/** "to the left of". */
export function relationPhrase(relation: Relation, rng: Rng): string {
  return rng.pick(RELATION_WORDS[relation]);
}

/** "to its left". */
export function trailingPhrase(relation: Relation, rng: Rng): string {
  return rng.pick(TRAILING_WORDS[relation]);
}

/** "the leftmost object", "the object at the very back": the one that stands there against all others. */
export function outermostPhrase(relation: Relation, rng: Rng): string {
  return `the ${rng.pick(OUTERMOST_WORDS[relation])}`;
}

/** Counts from 0 to 8 in words. */
export function numberWord(count: number): string {
  return NUMBERS[count]!;
}

/** "a, b and c". */
export function enumerate(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** Keeps of an object's attributes the named ones. */
export function patternOf(object: Required<Pattern>, names: readonly AttributeName[]): Pattern {
  return Object.fromEntries(names.map((name) => [name, object[name]]));
}

/** Whether a sentence has at most 20 words: what a text encoder of a small model takes in whole. */
export function isShort(sentence: string): boolean {
  return sentence.split(' ').length <= 20;
}
