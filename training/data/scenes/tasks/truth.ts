import type { EntailmentLabel } from '../../../../model/maskvlm/entailment-labels.js';
import type { SceneObject } from '../scene.js';
import { isRelated, type Relation } from '../semantics.js';

/** Whether something is so beyond dispute: true, false, or undefined where somebody might see it otherwise. */
export type Truth = boolean | undefined;

/** False if any is false, true if all are true. */
export function all(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.includes(undefined) ? undefined : true;
}

/** True if any is true, false if all are false. */
export function any(truths: readonly Truth[]): Truth {
  return not(all(truths.map(not)));
}

export function not(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}

/** Whether one of two holds and the other one does not. */
export function exactlyOne(first: Truth, second: Truth): Truth {
  return first === undefined || second === undefined ? undefined : first !== second;
}

/** The label of a sentence that a picture decides. */
export function labelOf(truth: Truth): EntailmentLabel | undefined {
  return truth === undefined ? undefined : truth ? 'entailment' : 'contradiction';
}

/** Whether the subject stands left of (right of, in front of, behind) the object. */
export function relate(subject: SceneObject, relation: Relation, object: SceneObject): Truth {
  if (isRelated(subject, relation, object, 'clearly')) return true;
  return isRelated(subject, relation, object, 'possibly') ? undefined : false;
}

/** The objects that stand left of (right of, ...) an anchor; undefined where that is in doubt for one of them. */
export function standing(
  objects: readonly SceneObject[],
  relation: Relation,
  anchor: SceneObject,
): SceneObject[] | undefined {
  const truths = objects.map((object) => object !== anchor && relate(object, relation, anchor));
  return truths.includes(undefined) ? undefined : objects.filter((_, i) => truths[i]);
}

/** The object that stands left of (right of, ...) all others; undefined where none clearly does. */
export function outermost(objects: readonly SceneObject[], relation: Relation): SceneObject | undefined {
  return objects.find((one) => objects.every((other) => other === one || isRelated(one, relation, other, 'clearly')));
}
