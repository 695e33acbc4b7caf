import type { SceneObject } from './scene.js';

/** An object as the ray caster sees it: upright on the ground, with a bounding ball. */
export interface Solid {
  shape: SceneObject['shape'];
  x: number;
  y: number;
  radius: number;
  height: number;
  cos: number;
  sin: number;
  ballHeight: number;
  ballRadius: number;
}

/** The nearest meeting of a ray and a solid: its distance along the ray and the outward unit normal. */
export interface Hit {
  distance: number;
  nx: number;
  ny: number;
  nz: number;
}

/** Width (half) and height of each shape over the object's radius: chosen so that all four look equally big. */
const PROPORTIONS = {
  sphere: { radius: 1, height: 2 },
  cube: { radius: 0.84, height: 1.68 },
  cylinder: { radius: 0.86, height: 1.8 },
  cone: { radius: 1.08, height: 2.15 },
} as const;

const NEAR = 1e-4;

/** Makes the solid that stands for an object. */
export function solidOf({
  shape,
  x,
  y,
  radius,
  yaw,
}: Pick<SceneObject, 'shape' | 'x' | 'y' | 'radius' | 'yaw'>): Solid {
  const proportions = PROPORTIONS[shape];
  const half = proportions.radius * radius;
  const height = proportions.height * radius;
  const corner = shape === 'cube' ? half * Math.SQRT2 : half;
  const ball = shape === 'sphere' ? half : Math.hypot(corner, height / 2);
  const solid = { shape, x, y, radius: half, height, cos: Math.cos(yaw), sin: Math.sin(yaw) };
  return { ...solid, ballHeight: height / 2, ballRadius: ball };
}

/** How far a solid reaches from its axis along the ground, in ground units. */
export function reach(solid: Solid): number {
  return solid.shape === 'cube' ? solid.radius * Math.SQRT2 : solid.radius;
}

/**
 * Finds where the ray from (ox, oy, oz) along the unit vector (dx, dy, dz) first enters the solid nearer than `hit.distance`;
 * if it does, writes the place into `hit` and returns true.
 */
export function intersect(
  solid: Solid,
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
  hit: Hit,
): boolean {
  const px = ox - solid.x;
  const py = oy - solid.y;
  const pz = oz - solid.ballHeight;
  const b = px * dx + py * dy + pz * dz;
  const discriminant = b * b - (px * px + py * py + pz * pz - solid.ballRadius * solid.ballRadius);
  if (discriminant < 0) return false;
  const root = Math.sqrt(discriminant);
  if (root - b < NEAR || -b - root > hit.distance) return false;
  switch (solid.shape) {
    case 'sphere': {
      const t = -b - root;
      if (t < NEAR || t >= hit.distance) return false;
      const inverse = 1 / solid.radius;
      return record(hit, t, (px + t * dx) * inverse, (py + t * dy) * inverse, (pz + t * dz) * inverse);
    }
    case 'cube':
      return intersectCube(solid, px, py, pz, dx, dy, dz, hit);
    case 'cylinder':
      return intersectCylinder(solid, px, py, oz, dx, dy, dz, hit);
    case 'cone':
      return intersectCone(solid, px, py, oz, dx, dy, dz, hit);
  }
}

function record(hit: Hit, distance: number, nx: number, ny: number, nz: number): true {
  hit.distance = distance;
  hit.nx = nx;
  hit.ny = ny;
  hit.nz = nz;
  return true;
}

/** Slabs: the ray is inside the cube between the last entry and the first exit of the three pairs of faces. */
function intersectCube(
  { cos, sin, radius }: Solid,
  px: number,
  py: number,
  pz: number,
  dx: number,
  dy: number,
  dz: number,
  hit: Hit,
): boolean {
  const inverseX = 1 / (cos * dx + sin * dy);
  const inverseY = 1 / (cos * dy - sin * dx);
  const inverseZ = 1 / dz;
  const middleX = -(cos * px + sin * py) * inverseX;
  const middleY = -(cos * py - sin * px) * inverseY;
  const middleZ = -pz * inverseZ;
  const halfX = radius * Math.abs(inverseX);
  const halfY = radius * Math.abs(inverseY);
  const halfZ = radius * Math.abs(inverseZ);
  const enterX = middleX - halfX;
  const enterY = middleY - halfY;
  const enterZ = middleZ - halfZ;
  const enter = Math.max(enterX, enterY, enterZ);
  const exit = Math.min(middleX + halfX, middleY + halfY, middleZ + halfZ);
  if (!(enter <= exit) || enter < NEAR || enter >= hit.distance) return false;
  if (enter === enterZ) return record(hit, enter, 0, 0, inverseZ > 0 ? -1 : 1);
  if (enter === enterX) {
    const sign = inverseX > 0 ? -1 : 1;
    return record(hit, enter, sign * cos, sign * sin, 0);
  }
  const sign = inverseY > 0 ? -1 : 1;
  return record(hit, enter, -sign * sin, sign * cos, 0);
}

function intersectCylinder(
  { radius, height }: Solid,
  px: number,
  py: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
  hit: Hit,
): boolean {
  const a = dx * dx + dy * dy;
  const b = px * dx + py * dy;
  const discriminant = b * b - a * (px * px + py * py - radius * radius);
  if (discriminant <= 0) return false;
  const root = Math.sqrt(discriminant);
  const enterSide = (-b - root) / a;
  const exitSide = (root - b) / a;
  // The slab between the two caps, like a pair of a cube's faces.
  const enterCap = ((dz > 0 ? 0 : height) - oz) / dz;
  const exitCap = ((dz > 0 ? height : 0) - oz) / dz;
  const enter = Math.max(enterSide, enterCap);
  if (enter > Math.min(exitSide, exitCap) || enter < NEAR || enter >= hit.distance) return false;
  if (enter === enterCap) return record(hit, enter, 0, 0, dz > 0 ? -1 : 1);
  return record(hit, enter, (px + enter * dx) / radius, (py + enter * dy) / radius, 0);
}

/** Solves x^2 + y^2 = (slope (height - z))^2; nothing looks at the disc underneath, which lies on the ground. */
function intersectCone(
  { radius, height }: Solid,
  px: number,
  py: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
  hit: Hit,
): boolean {
  const slope = radius / height;
  const top = slope * (height - oz);
  const fall = slope * dz;
  const a = dx * dx + dy * dy - fall * fall;
  const b = px * dx + py * dy + top * fall;
  const discriminant = b * b - a * (px * px + py * py - top * top);
  if (discriminant <= 0) return false;
  const root = Math.sqrt(discriminant);
  // Where a is negative the two roots change places, and the nearer one may lie on the cone's mirror image above its tip.
  const first = (-b - Math.sign(a) * root) / a;
  const second = (-b + Math.sign(a) * root) / a;
  const onSide = (t: number) => t >= NEAR && oz + t * dz >= 0 && oz + t * dz <= height;
  const t = onSide(first) ? first : second;
  if (!onSide(t) || t >= hit.distance) return false;
  const upright = 1 / Math.sqrt(1 + slope * slope);
  const scale = upright / (slope * (height - oz - t * dz) || 1);
  return record(hit, t, (px + t * dx) * scale, (py + t * dy) * scale, slope * upright);
}
