import { project, rayThrough, type View } from '../camera.js';
import type { Scene } from '../scene.js';
import { type Hit, intersect, type Solid } from '../solids.js';
import { addScaled, dot, type Vector } from '../vector.js';
import { pictureBounds } from '../visibility.js';
import { outlineOf, outlineSize } from './outline.js';

/** Rays start and end this far off a surface, so as not to meet it. */
const LIFT = 1e-3;

/** Farther than anything of a scene, in ground units. */
const FAR = 50;

/** What shows by this share of its outline is seen. */
const SEEN = 0.15;

/** Rays across and down a mirror. */
const MIRROR_RAYS = 10;

/** How much of a solid is seen past others: nothing, a little that may be overlooked, or enough to know that it is there. */
type Sight = 'hidden' | 'glimpsed' | 'seen';

/** Tells how much of a solid the eye sees past the other solids. */
export function sightOf(solid: Solid, others: readonly Solid[], eye: Vector): Sight {
  const enough = SEEN * outlineSize(solid.shape);
  let shown = 0;
  for (const point of outlineOf(solid)) {
    if (isCovered(point, others, eye)) continue;
    shown++;
    if (shown >= enough) return 'seen';
  }
  return shown > 0 ? 'glimpsed' : 'hidden';
}

function isCovered(point: Vector, solids: readonly Solid[], eye: Vector): boolean {
  const offset = addScaled(point, eye, -1);
  const distance = Math.sqrt(dot(offset, offset));
  const along: Vector = [offset[0] / distance, offset[1] / distance, offset[2] / distance];
  return firstHit(eye, along, distance - LIFT, solids) >= 0;
}

/** Whether a solid that itself is out of sight casts a shadow that is seen or appears in a mirror that is seen. */
export function showsElsewhere(hidden: Solid, scene: Scene, solids: readonly Solid[], view: View): boolean {
  const all = [...solids, hidden];
  for (const point of outlineOf(hidden)) {
    if (castsShadow(point, scene.light.direction, solids, all, view)) return true;
  }
  return solids.some((mirror, i) => scene.objects[i]!.material === 'metal' && isMirrored(hidden, mirror, all, view));
}

/** Whether the shadow of a point falls where the eye sees it and no other solid's shadow lies. */
function castsShadow(
  point: Vector,
  light: Vector,
  solids: readonly Solid[],
  all: readonly Solid[],
  view: View,
): boolean {
  const down: Vector = [-light[0], -light[1], -light[2]];
  const toGround = point[2] / light[2];
  const distance = firstHit(point, down, toGround, solids) < 0 ? toGround : met.distance;
  const place = addScaled(point, down, distance - LIFT);
  if (isCovered(place, all, view.eye)) return false;
  const inPicture = project(view, place).every((share) => share >= 0 && share <= 1);
  return inPicture && firstHit(place, light, FAR, solids) < 0;
}

/** Whether the eye sees a solid in a mirror. */
function isMirrored(hidden: Solid, mirror: Solid, all: readonly Solid[], view: View): boolean {
  const [left, top, right, bottom] = pictureBounds(mirror, view);
  for (let row = 0; row < MIRROR_RAYS; row++) {
    for (let column = 0; column < MIRROR_RAYS; column++) {
      const across = left + ((right - left) * (column + 0.5)) / MIRROR_RAYS;
      const ray = rayThrough(view, across, top + ((bottom - top) * (row + 0.5)) / MIRROR_RAYS);
      if (all[firstHit(view.eye, ray, FAR, all)] !== mirror) continue;
      const normal: Vector = [met.nx, met.ny, met.nz];
      const place = addScaled(addScaled(view.eye, ray, met.distance), normal, LIFT);
      const reflected = addScaled(ray, normal, -2 * dot(ray, normal));
      if (all[firstHit(place, reflected, FAR, all)] === hidden) return true;
    }
  }
  return false;
}

/** Where the latest ray met something. */
const met: Hit = { distance: 0, nx: 0, ny: 0, nz: 0 };

/** The solid that a ray from a place along a unit vector meets first within a distance, or -1; `met` says where. */
function firstHit(from: Vector, along: Vector, within: number, solids: readonly Solid[]): number {
  met.distance = within;
  let first = -1;
  for (let i = 0; i < solids.length; i++) {
    if (intersect(solids[i]!, from[0], from[1], from[2], along[0], along[1], along[2], met)) first = i;
  }
  return first;
}
