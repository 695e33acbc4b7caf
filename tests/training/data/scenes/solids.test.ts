import { describe, expect, test } from 'vitest';
import { createRng, type Rng } from '../../../../model/random.js';
import { ATTRIBUTES } from '../../../../training/data/scenes/scene.js';
import { type Hit, intersect, type Solid, solidOf } from '../../../../training/data/scenes/solids.js';
import { normalize, type Vector } from '../../../../training/data/scenes/vector.js';

const STEP = 0.004;

/** The shapes as sets of points. */
function contains({ shape, x, y, radius, height, cos, sin }: Solid, point: Vector): boolean {
  const [dx, dy, z] = [point[0] - x, point[1] - y, point[2]];
  if (z < 0 || z > height) return false;
  switch (shape) {
    case 'sphere':
      return dx * dx + dy * dy + (z - radius) ** 2 <= radius * radius;
    case 'cube':
      return Math.abs(cos * dx + sin * dy) <= radius && Math.abs(cos * dy - sin * dx) <= radius;
    case 'cylinder':
      return Math.hypot(dx, dy) <= radius;
    case 'cone':
      return Math.hypot(dx, dy) <= (radius * (height - z)) / height;
  }
}

/** From high above, aimed somewhere near the solid. */
function randomRay(rng: Rng): { origin: Vector; ray: Vector } {
  const origin: Vector = [8 * (rng.next() - 0.5), -4 + rng.next(), 2 + 3 * rng.next()];
  const target: Vector = [2.4 * (rng.next() - 0.5), 2.4 * (rng.next() - 0.5), 2 * rng.next()];
  return { origin, ray: normalize([target[0] - origin[0], target[1] - origin[1], target[2] - origin[2]]) };
}

function march(solid: Solid, origin: Vector, ray: Vector): number {
  for (let t = 0; t < 14; t += STEP) {
    const point: Vector = [origin[0] + t * ray[0], origin[1] + t * ray[1], origin[2] + t * ray[2]];
    if (point[2] < 0) break;
    if (contains(solid, point)) return t;
  }
  return Number.POSITIVE_INFINITY;
}

describe('intersect', () => {
  test.each(ATTRIBUTES.shape)('meets a %s where small steps along the ray first enter it', (shape) => {
    const rng = createRng('rays', shape);
    const solid = solidOf({ shape, x: 0.1, y: -0.2, radius: 0.9, yaw: 0.7 });
    let met = 0;
    for (let i = 0; i < 300; i++) {
      const { origin, ray } = randomRay(rng);
      const hit: Hit = { distance: Number.POSITIVE_INFINITY, nx: 0, ny: 0, nz: 0 };
      const isMet = intersect(solid, ...origin, ...ray, hit);
      const distance = march(solid, origin, ray);
      // Steps may miss a corner that the ray only grazes.
      if (distance === Number.POSITIVE_INFINITY) continue;
      met++;
      expect(isMet).toBe(true);
      expect(Math.abs(hit.distance - distance)).toBeLessThan(2 * STEP);
      expect(Math.hypot(hit.nx, hit.ny, hit.nz)).toBeCloseTo(1, 6);
      expect(hit.nx * ray[0] + hit.ny * ray[1] + hit.nz * ray[2]).toBeLessThan(0);
    }
    expect(met).toBeGreaterThan(60);
  });

  test('leaves a nearer hit alone', () => {
    const hit: Hit = { distance: 1, nx: 0, ny: 0, nz: 1 };
    const solid = solidOf({ shape: 'sphere', x: 0, y: 0, radius: 1, yaw: 0 });
    expect(intersect(solid, 0, -5, 1, 0, 1, 0, hit)).toBe(false);
    expect(hit).toEqual({ distance: 1, nx: 0, ny: 0, nz: 1 });
  });
});
