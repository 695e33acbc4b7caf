import type { Attributes, SceneObject } from './scene.js';

/** What is said of an object; what is left out may be anything. */
export type Pattern = Partial<Attributes>;

/** Where one object stands as the viewer sees it. */
export const RELATIONS = ['left', 'right', 'front', 'behind'] as const;
export type Relation = (typeof RELATIONS)[number];

/** What a sentence says of a picture: true if different objects can be found for all things so that all else holds as well. */
export interface Meaning {
  things: Pattern[];
  /** Between two of the things, by their place in the list: the subject is left of (right of, ...) the object. */
  relations: { relation: Relation; subject: number; object: number }[];
  /** How many objects of a kind there are. */
  counts: { pattern: Pattern; count: number }[];
  /** How many objects there are in all. */
  total?: number;
}

/**
 * How strictly a meaning is read. `clearly`: nobody would dispute it. `possibly`: somebody might accept it; relations hold by a hair,
 * and "two cubes" is true of three.
 */
export type Strictness = 'clearly' | 'possibly';

/** Where an object stands. */
export type Place = Pick<SceneObject, 'x' | 'y' | 'foot'>;

/** All that sentences speak of: what there is, and where it stands. */
export interface Layout {
  objects: readonly (Attributes & Place)[];
}

/** Clear relations are this far apart in the picture, as a share of its side. */
const CLEAR = 0.1;

/** Whether a meaning is true of a scene. */
export function holds(meaning: Meaning, { objects }: Layout, strictness: Strictness): boolean {
  if (meaning.total !== undefined && meaning.total !== objects.length) return false;
  for (const { pattern, count } of meaning.counts) {
    const found = objects.filter((object) => matches(pattern, object)).length;
    if (strictness === 'clearly' ? found !== count : found < count) return false;
  }
  return canAssign(meaning, objects, [], strictness);
}

/** Extends an assignment of objects to the first things by the next thing, backtracking. */
function canAssign(
  meaning: Meaning,
  objects: Layout['objects'],
  chosen: Layout['objects'],
  strictness: Strictness,
): boolean {
  const next = chosen.length;
  if (next === meaning.things.length) return true;
  return objects.some((object) => {
    if (!matches(meaning.things[next]!, object) || chosen.includes(object)) return false;
    const extended = [...chosen, object];
    const consistent = meaning.relations.every(
      ({ relation, subject, object }) =>
        Math.max(subject, object) !== next || isRelated(extended[subject]!, relation, extended[object]!, strictness),
    );
    return consistent && canAssign(meaning, objects, extended, strictness);
  });
}

/** Whether an object has all attributes that a pattern names. */
export function matches(pattern: Pattern, object: Attributes): boolean {
  return (
    (pattern.color === undefined || pattern.color === object.color) &&
    (pattern.shape === undefined || pattern.shape === object.shape) &&
    (pattern.size === undefined || pattern.size === object.size) &&
    (pattern.material === undefined || pattern.material === object.material)
  );
}

/** Whether every object that fits `special` fits `general` too. */
export function covers(general: Pattern, special: Pattern): boolean {
  return (Object.keys(general) as (keyof Pattern)[]).every((name) => general[name] === special[name]);
}

/** Whether the subject stands left of (right of, in front of, behind) the object: on the ground and in the picture. */
export function isRelated(subject: Place, relation: Relation, object: Place, strictness: Strictness): boolean {
  const axis = relation === 'left' || relation === 'right' ? 0 : 1;
  // Down the picture is towards the viewer, against the ground's y.
  const inPicture = (subject.foot[axis] - object.foot[axis]) * (relation === 'left' || relation === 'behind' ? -1 : 1);
  const onGround =
    (axis === 0 ? subject.x - object.x : object.y - subject.y) *
    (relation === 'left' || relation === 'behind' ? -1 : 1);
  return strictness === 'clearly' ? inPicture >= CLEAR && onGround > 0 : inPicture > 0 || onGround > 0;
}
