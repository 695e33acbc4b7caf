import type { Rng } from '../../random.js';
import type { AttributeName } from './scene.js';
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

const NUMBERS = ['no', 'one', 'two', 'three', 'four'];

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

/** "a small red metal cube", "an orange object", or with a count "two shiny cones". */
export function nounPhrase(pattern: Pattern, rng: Rng, count = 1): string {
  const words = adjectives(pattern, rng);
  const noun = pattern.shape ? rng.pick(SHAPE_NOUNS[pattern.shape]) : rng.pick(['object', 'thing']);
  const phrase = [...words, count === 1 ? noun : `${noun}s`].join(' ');
  if (count > 1) return `${numberWord(count)} ${phrase}`;
  return `${/^[aeiou]/.test(phrase) ? 'an' : 'a'} ${phrase}`;
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

/** Counts from 0 to 4 in words. */
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
