import { project, type View, viewOf } from '../camera.js';
import { ATTRIBUTES, type Scene, type SceneObject } from '../scene.js';
import { isRelated, type Pattern } from '../semantics.js';
import { reach, type Solid, solidOf } from '../solids.js';
import { addScaled, dot, normalize, type Vector } from '../vector.js';
import { showsElsewhere, sightOf } from './cover.js';

/** A place where a small object of a shape would hardly be seen. */
export interface Hideout extends Pick<SceneObject, 'x' | 'y' | 'foot' | 'shape'> {
  /** What it stands behind. */
  behind: SceneObject;
  /** Nothing of it would be seen, neither itself nor its shadow nor its mirror image. */
  complete: boolean;
}

/**
 * Whether something that the picture does not show may stand behind an object: `yes`, as there is a place where nothing of it would be
 * seen; `no`, as it would be seen wherever it stood; `unsure` in between.
 */
export type Hideable = 'yes' | 'no' | 'unsure';

/** Half the width of the smallest objects, in ground units. */
const RADIUS = 0.55;

/**
 * Where to look behind an object: free ground between, nearly touching, as near as objects come, and farther; steps aside from straight
 * behind. In ground units.
 */
const PLACES = [
  [0.02, 0],
  [0.02, -0.3],
  [0.02, 0.3],
  [0.16, 0],
  [0.16, -0.3],
  [0.16, 0.3],
  [0.45, 0],
  [0.9, 0],
] as const;

/** What may hide behind each object of a scene, for each shape in their order; worked out once a scene, as many sentences ask. */
const known = new WeakMap<Scene, Map<SceneObject, Hideable[]>>();

/** Whether something that fits a pattern may stand hidden behind an object of a scene. Nothing covers what is large. */
export function hideableBehind(scene: Scene, anchor: SceneObject, { size, shape }: Pattern): Hideable {
  if (size === 'large') return 'no';
  const answersOf = known.get(scene) ?? judgeObjects(scene);
  known.set(scene, answersOf);
  const all = answersOf.get(anchor)!;
  const answers = shape === undefined ? all : [all[ATTRIBUTES.shape.indexOf(shape)]];
  return answers.includes('yes') ? 'yes' : answers.includes('unsure') ? 'unsure' : 'no';
}

/** Whether nothing that fits a pattern can stand hidden anywhere in a scene: what is not seen of it is not there. */
export function isAllSeen(scene: Scene, pattern: Pattern): boolean {
  return scene.objects.every((object) => hideableBehind(scene, object, pattern) === 'no');
}

function judgeObjects(scene: Scene): Map<SceneObject, Hideable[]> {
  const hideouts = hideoutsOf(scene);
  const judge = (object: SceneObject, shape: SceneObject['shape']): Hideable => {
    const fitting = hideouts.filter((hideout) => hideout.shape === shape);
    if (fitting.some(({ complete, behind }) => complete && behind === object)) return 'yes';
    // What hides behind another object may be behind this one, too.
    return fitting.some((hideout) => isRelated(hideout, 'behind', object, 'possibly')) ? 'unsure' : 'no';
  };
  return new Map(scene.objects.map((object) => [object, ATTRIBUTES.shape.map((shape) => judge(object, shape))]));
}

/** The places of a scene where a small object would hardly be seen or not at all; only behind what is large there are any. */
export function hideoutsOf(scene: Scene): Hideout[] {
  const view = viewOf(scene.camera);
  const solids = scene.objects.map(solidOf);
  return scene.objects.flatMap((behind, i) =>
    (behind.size === 'large' ? ATTRIBUTES.shape : []).flatMap((shape) => {
      let found = false;
      return placesBehind(solids[i]!, shape, view).flatMap((candidate) => {
        const sight = solids.every((solid) => isApart(solid, candidate)) && sightOf(candidate, solids, view.eye);
        if (!sight || sight === 'seen') return [];
        const { x, y } = candidate;
        const foot = project(view, [x, y, 0]);
        const isFull = !found && sight === 'hidden' && isRelated({ x, y, foot }, 'behind', behind, 'clearly');
        const complete = isFull && !showsElsewhere(candidate, scene, solids, view);
        found ||= complete;
        return [{ x, y, foot, shape, behind, complete }];
      });
    }),
  );
}

/** Small solids of a shape behind a solid as the camera sees it, a cube with a face towards the camera. */
function placesBehind(solid: Solid, shape: SceneObject['shape'], { eye }: View): Solid[] {
  const ahead = normalize([solid.x - eye[0], solid.y - eye[1], 0]);
  const aside: Vector = [ahead[1], -ahead[0], 0];
  const candidate = solidOf({ shape, x: 0, y: 0, radius: RADIUS, yaw: Math.atan2(ahead[1], ahead[0]) });
  return PLACES.map(([gap, side]) => {
    const far = Math.sqrt((backOf(solid, ahead) + candidate.radius + gap) ** 2 - side ** 2);
    const [x, y] = addScaled(addScaled([solid.x, solid.y, 0], ahead, far), aside, side);
    return { ...candidate, x, y };
  });
}

/** How far a solid reaches from its axis in a direction along the ground. */
function backOf(solid: Solid, ahead: Vector): number {
  if (solid.shape !== 'cube') return solid.radius;
  const { cos, sin, radius } = solid;
  return radius * (Math.abs(dot(ahead, [cos, sin, 0])) + Math.abs(dot(ahead, [-sin, cos, 0])));
}

/** A small cube keeps one face to what it hides behind, and is as narrow as its face to that. */
function isApart(solid: Solid, candidate: Solid): boolean {
  const [dx, dy] = [candidate.x - solid.x, candidate.y - solid.y];
  const between = normalize([dx, dy, 0]);
  return Math.hypot(dx, dy) > backOf(solid, between) + Math.min(reach(candidate), backOf(candidate, between));
}
