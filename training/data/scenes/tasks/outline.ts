import type { Solid } from '../solids.js';
import type { Vector } from '../vector.js';

/** Points around each ring. */
const AROUND = 12;

/** Rings of a solid from its top down: their height and radius, as shares of the solid's. */
const RINGS: { [S in Exclude<Solid['shape'], 'cube'>]: readonly (readonly [number, number])[] } = {
  sphere: [0.98, 0.85, 0.67, 0.5, 0.33, 0.15, 0.02].map((z) => [z, 2 * Math.sqrt(z * (1 - z))] as const),
  cylinder: [
    [1, 1],
    [1, 0.5],
    [0.5, 1],
    [0.01, 1],
  ],
  cone: [
    [1, 0],
    [0.7, 0.3],
    [0.35, 0.65],
    [0.01, 1],
  ],
};

const CIRCLE = Array.from({ length: AROUND }, (_, i) => {
  return [Math.cos((2 * Math.PI * i) / AROUND), Math.sin((2 * Math.PI * i) / AROUND)] as const;
});

/** Corners, edges and the middle of a square. */
const SQUARE = [-1, 0, 1].flatMap((a) => [-1, 0, 1].map((b) => [a, b] as const));

/** The points of each shape: across, along and up, as shares of the solid's radius and height; from the top down. */
const POINTS: { [S in Solid['shape']]: readonly Vector[] } = {
  cube: [1, 0.5, 0.01].flatMap((z) => SQUARE.map(([a, b]): Vector => [a, b, z])),
  sphere: onRings('sphere'),
  cylinder: onRings('cylinder'),
  cone: onRings('cone'),
};

function onRings(shape: keyof typeof RINGS): Vector[] {
  return RINGS[shape].flatMap(([z, share]) => {
    const around = share === 0 ? CIRCLE.slice(0, 1) : CIRCLE;
    return around.map(([a, b]): Vector => [share * a, share * b, z]);
  });
}

/** How many points an outline of a shape has. */
export function outlineSize(shape: Solid['shape']): number {
  return POINTS[shape].length;
}

/** Points all over the surface of a solid, its farthest ones among them: where all are covered nothing of it is seen. */
export function* outlineOf({ shape, x, y, radius, height, cos, sin }: Solid): Generator<Vector> {
  for (const [a, b, z] of POINTS[shape]) {
    yield [x + radius * (a * cos - b * sin), y + radius * (a * sin + b * cos), z * height];
  }
}
