import type { Rng } from '../../../model/random.js';
import type { AttributeName, Scene, SceneObject } from './scene.js';
import { isRelated, type Relation } from './semantics.js';
import { nounPhrase, patternOf, withArticle } from './wording.js';

/** The orders that a description may have, and the relation of each object to the next one. */
const ORDERS: readonly { name: string; relation: Relation }[] = [
  { name: 'from left to right', relation: 'left' },
  { name: 'from front to back', relation: 'front' },
];

/** What a full description names of an object, in the order of the words, and what can be seen of one close up: not its size. */
const IN_FULL = ['size', 'color', 'material', 'shape'] as const;
const CLOSE_UP = ['color', 'material', 'shape'] as const;

/** Other wordings of a close-up. */
const REWORDINGS = 3;

/**
 * Describes a scene in full: every object with all of its attributes, from left to right and from front to back. An order that two
 * careful people could see differently is left out; a scene may have none.
 */
export function describeInFull({ objects }: Pick<Scene, 'objects'>): string[] {
  return ORDERS.flatMap(({ name, relation }) => {
    const axis = relation === 'left' ? 0 : 1;
    const sign = relation === 'left' ? 1 : -1;
    const row = [...objects].sort((a, b) => sign * (a.foot[axis] - b.foot[axis]));
    const isClear = row.slice(1).every((object, i) => isRelated(row[i]!, relation, object, 'clearly'));
    return isClear ? [`${name}: ${row.map((object) => plainName(object, IN_FULL)).join(', ')}`] : [];
  });
}

/** Some attributes in their own words, which are the answers to questions too: "a small red metal cube". */
function plainName(object: SceneObject, names: readonly AttributeName[]): string {
  return withArticle(names.map((name) => object[name]).join(' '));
}

/** Describes a single object seen close up: with the attributes' own words, "a red metal cube", and as captions might, "a shiny red block". */
export function describeCloseUp({ objects: [object] }: Pick<Scene, 'objects'>, rng: Rng): string[] {
  const look = patternOf(object!, CLOSE_UP);
  return [plainName(object!, CLOSE_UP), ...Array.from({ length: REWORDINGS }, () => nounPhrase(look, rng))];
}
