import type { Rng } from '../../../../model/random.js';
import { ATTRIBUTES, type AttributeName, type SceneObject } from '../scene.js';
import { covers, matches, type Pattern } from '../semantics.js';
import { patternOf } from '../wording.js';

/** In the order in which they are spelled. */
export const ATTRIBUTE_NAMES = Object.keys(ATTRIBUTES) as AttributeName[];

/** What a description names, each as often as it stands here. */
const NAMED: readonly (readonly AttributeName[])[] = [
  ['shape'],
  ['color'],
  ['color', 'shape'],
  ['color', 'shape'],
  ['material', 'shape'],
  ['size', 'shape'],
  ['size', 'color'],
  ['color', 'material'],
  ['size', 'color', 'shape'],
  ['color', 'material', 'shape'],
  ['size', 'material', 'shape'],
];

/** How often a drawn description fits none of the objects that it was drawn from but nearly does. */
const MISSES = 0.4;

/** The one object that fits a pattern; undefined where none or several do. */
export function theOnly(objects: readonly SceneObject[], pattern: Pattern): SceneObject | undefined {
  const found = objects.filter((object) => matches(pattern, object));
  return found.length === 1 ? found[0] : undefined;
}

export function countOf(objects: readonly SceneObject[], pattern: Pattern): number {
  return objects.filter((object) => matches(pattern, object)).length;
}

/**
 * Draws as few attributes as single an object out among the objects, never those `without`; undefined where all of the others together
 * don't.
 */
export function singleOut(
  object: SceneObject,
  objects: readonly SceneObject[],
  rng: Rng,
  without: readonly AttributeName[] = [],
): Pattern | undefined {
  const names = rng.shuffle(ATTRIBUTE_NAMES.filter((name) => !without.includes(name)));
  // People name the kind of thing first.
  if (rng.next() < 0.6) names.sort((a, b) => Number(b === 'shape') - Number(a === 'shape'));
  for (let count = 1; count <= names.length; count++) {
    const pattern = patternOf(object, names.slice(0, count));
    if (theOnly(objects, pattern)) return pattern;
  }
  return undefined;
}

/** Draws a description of up to `most` attributes: one that fits an object, or one that is wrong in a single attribute. */
export function drawPattern(objects: readonly SceneObject[], rng: Rng, most = 3): Pattern {
  const names = rng.pick(NAMED.filter(({ length }) => length <= most));
  const pattern = patternOf(rng.pick(objects), names);
  return rng.next() < MISSES ? { ...pattern, ...drawValue(rng.pick(names), rng) } : pattern;
}

/** Draws any value of an attribute. */
export function drawValue(name: AttributeName, rng: Rng): Pattern {
  return { [name]: rng.pick<string>(ATTRIBUTES[name]) };
}

/** Whether one pattern says nothing that the other one does not: "a cube left of the red cube" would leave a reader wondering. */
export function areNested(a: Pattern, b: Pattern): boolean {
  return covers(a, b) || covers(b, a);
}

/** "small red cube", whatever words a sentence uses for it. */
export function spell(pattern: Pattern): string {
  return ATTRIBUTE_NAMES.map((name) => pattern[name])
    .filter((value) => value !== undefined)
    .join(' ');
}

/** "size color shape". */
export function spellNames(pattern: Pattern): string {
  return ATTRIBUTE_NAMES.filter((name) => pattern[name] !== undefined).join(' ');
}
