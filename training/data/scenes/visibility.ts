import { project, rayThrough, type View } from './camera.js';
import type { SceneObject } from './scene.js';
import { type Hit, intersect, reach, type Solid, solidOf } from './solids.js';

/** Visibility is measured at this size whatever the size of the pictures, so that the scenes of a seed don't depend on it. */
const SIDE = 96;

/** What the middles of a picture's pixels show. */
export interface Footprints {
  /** The solid in front, [side, side]: its place in the list from 1; 0 is the ground. */
  front: Uint8Array;
  /** Pixels that each solid would cover alone. */
  covered: number[];
}

/** Where a solid may appear: left, top, right and bottom as shares of the side. */
export function pictureBounds(solid: Solid, view: View): [number, number, number, number] {
  const wide = reach(solid);
  const corners = [-wide, wide].flatMap((dx) =>
    [-wide, wide].flatMap((dy) => [0, solid.height].map((z) => project(view, [solid.x + dx, solid.y + dy, z]))),
  );
  const [across, down] = [corners.map((corner) => corner[0]), corners.map((corner) => corner[1])];
  return [Math.min(...across), Math.min(...down), Math.max(...across), Math.max(...down)];
}

/** Casts one ray a pixel, where the solids are. */
export function castFootprints(solids: readonly Solid[], view: View, side: number): Footprints {
  const front = new Uint8Array(side * side);
  const depth = new Float64Array(side * side).fill(Number.POSITIVE_INFINITY);
  const hit: Hit = { distance: 0, nx: 0, ny: 0, nz: 0 };
  const { eye } = view;
  const covered = solids.map((solid, i) => {
    const [left, top, right, bottom] = pictureBounds(solid, view).map((share) => Math.round(share * side)) as Bounds;
    let pixels = 0;
    for (let row = Math.max(0, top); row < Math.min(side, bottom); row++) {
      for (let column = Math.max(0, left); column < Math.min(side, right); column++) {
        const ray = rayThrough(view, (column + 0.5) / side, (row + 0.5) / side);
        hit.distance = Number.POSITIVE_INFINITY;
        if (!intersect(solid, eye[0], eye[1], eye[2], ray[0], ray[1], ray[2], hit)) continue;
        pixels++;
        const pixel = row * side + column;
        if (hit.distance >= depth[pixel]!) continue;
        depth[pixel] = hit.distance;
        front[pixel] = i + 1;
      }
    }
    return pixels;
  });
  return { front, covered };
}

type Bounds = [number, number, number, number];

/** Counts for each object the pixels of a 96-pixel picture that show it and their share of those it would cover alone. */
export function measureVisibility<T extends Omit<SceneObject, 'visiblePixels' | 'visibleShare'>>(
  objects: readonly T[],
  view: View,
): (T & Pick<SceneObject, 'visiblePixels' | 'visibleShare'>)[] {
  const { front, covered } = castFootprints(objects.map(solidOf), view, SIDE);
  return objects.map((object, i) => {
    const visiblePixels = front.filter((solid) => solid === i + 1).length;
    const visibleShare = Math.round((1e4 * visiblePixels) / Math.max(1, covered[i]!)) / 1e4;
    return { ...object, visiblePixels, visibleShare };
  });
}
