import type { Rng } from '../../../model/random.js';
import type { Scene, SceneObject } from './scene.js';
import { isRelated, type Relation } from './semantics.js';
import { nounPhrase, patternOf, withArticle } from './wording.js';

/** The orders that a description may have, and the relation of each object to the next one. */
const ORDERS: readonly { name: string; relation: Relation }[] = [
  { name: 'from left to right', relation: 'left' },
  { name: 'from front to back', relation: 'front' },
];

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
    return isClear ? [`${name}: ${row.map(nameInFull).join(', ')}`] : [];
  });
}

/** With the attributes' own words, which are the answers to questions too: "a small red metal cube". */
function nameInFull({ size, color, material, shape }: SceneObject): string {
  return withArticle(`${size} ${color} ${material} ${shape}`);
}

/** What can be seen of something close up: not its size. */
const CLOSE_UP_ATTRIBUTES = ['color', 'material', 'shape'] as const;

/** Other wordings of a close-up. */
const REWORDINGS = 3;

/** Describes a single object seen close up: with the attributes' own words, "a red metal cube", and as captions might, "a shiny red block". */
export function describeCloseUp({ objects }: Pick<Scene, 'objects'>, rng: Rng): string[] {
  const { color, material, shape } = objects[0]!;
  const look = patternOf(objects[0]!, CLOSE_UP_ATTRIBUTES);
  return [
    withArticle(`${color} ${material} ${shape}`),
    ...Array.from({ length: REWORDINGS }, () => nounPhrase(look, rng)),
  ];
}
