import type { Light } from './scene.js';
import { type Hit, intersect, type Solid } from './solids.js';
import { addScaled, cross, normalize, type Vector } from './vector.js';

/** Points of the light that are asked whether they can be seen. */
const LIGHT_POINTS = 8;

/** Tangent of the light's apparent radius: how soft shadows are. */
const LIGHT_RADIUS = 0.11;

/** Shadow rays start this far above their place: the ground is not to graze what stands on it. */
const LIFT = 1e-3;

/** The key light as a disc in the sky: unit vectors to its middle and to points spread over it. */
export interface Lamp {
  middle: Vector;
  points: Vector[];
}

/** Spreads the points of a light over its disc, on a sunflower spiral. */
export function lampOf({ direction }: Light): Lamp {
  const side = normalize([direction[1], -direction[0], 0]);
  const up = cross(direction, side);
  const points = Array.from({ length: LIGHT_POINTS }, (_, i) => {
    const radius = LIGHT_RADIUS * Math.sqrt((i + 0.5) / LIGHT_POINTS);
    const [a, b] = [radius * Math.cos(2.399963 * i), radius * Math.sin(2.399963 * i)];
    return normalize(addScaled(addScaled(direction, side, a), up, b));
  });
  return { middle: direction, points };
}

/**
 * The share of the lamp's points first, first + step, ... that a place sees past all solids but `self`, in [0, 1]. A solid never
 * shades itself here: all are convex, and the sides that look away from the light get none anyway.
 */
export function lampSeen(
  lamp: Lamp,
  first: number,
  step: number,
  solids: readonly Solid[],
  self: number,
  place: Vector,
): number {
  const x = place[0];
  const y = place[1];
  const z = place[2] + LIFT;
  let blocked = 0;
  for (let s = 0; s < solids.length; s++) {
    const solid = solids[s]!;
    if (s === self || !mayBlock(lamp.middle, solid, x, y, z)) continue;
    for (let i = first; i < LIGHT_POINTS; i += step) {
      const point = lamp.points[i]!;
      const hit: Hit = { distance: Number.POSITIVE_INFINITY, nx: 0, ny: 0, nz: 0 };
      if (intersect(solid, x, y, z, point[0], point[1], point[2], hit)) blocked |= 1 << i;
    }
  }
  if (blocked === 0) return 1;
  let seen = 0;
  let asked = 0;
  for (let i = first; i < LIGHT_POINTS; i += step) {
    asked++;
    if ((blocked & (1 << i)) === 0) seen++;
  }
  return seen / asked;
}

/** Whether a solid's bounding ball reaches into the cone from a place to the lamp. */
function mayBlock(middle: Vector, solid: Solid, x: number, y: number, z: number): boolean {
  const cx = solid.x - x;
  const cy = solid.y - y;
  const cz = solid.ballHeight - z;
  const along = cx * middle[0] + cy * middle[1] + cz * middle[2];
  if (along < -solid.ballRadius) return false;
  const wide = 1.02 * solid.ballRadius + LIGHT_RADIUS * Math.max(0, along);
  return cx * cx + cy * cy + cz * cz - along * along <= wide * wide;
}

/**
 * How much of the sky a place on the ground sees, in [0, 1]: each solid counts as a ball, whose share of a hemisphere at distance d is
 * (height / d) (radius / d)^2.
 */
export function skySeen(solids: readonly Solid[], x: number, y: number): number {
  let seen = 1;
  for (const solid of solids) {
    const dx = x - solid.x;
    const dy = y - solid.y;
    const height = solid.ballHeight;
    const squared = dx * dx + dy * dy + height * height;
    const radius = Math.min(solid.radius, height);
    seen *= 1 - (0.8 * height * radius * radius) / (squared * Math.sqrt(squared));
  }
  return seen;
}
