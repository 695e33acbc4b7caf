import type { Scene, SceneObject } from './scene.js';
import { isRelated, type Relation } from './semantics.js';
import { withArticle } from './wording.js';

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
