import type { Solid } from './solids.js';
import { normalize, type Vector } from './vector.js';

/** Share of a face's half width that its rounded edge takes. */
const EDGE = 0.16;

/** How far the normal bends at the very edge: 1 would meet the neighbouring face's normal half way. */
const BEND = 0.9;

/**
 * Rounds the edges of cubes and cylinders by bending the normal near them: light catches on the edge, and metal shows more of its
 * surroundings than the one direction that a flat face mirrors.
 */
export function bevel(solid: Solid, place: Vector, normal: Vector): Vector {
  if (solid.shape === 'sphere' || solid.shape === 'cone') return normal;
  const { x, y, radius, height, cos, sin } = solid;
  const dx = place[0] - x;
  const dy = place[1] - y;
  const onTop = normal[2] > 0.5;
  const up = onTop ? 0 : bend((place[2] - height / 2) / (height / 2));
  if (solid.shape === 'cylinder') {
    const distance = Math.sqrt(dx * dx + dy * dy);
    const out = onTop ? bend(distance / radius) / distance : 0;
    return normalize([normal[0] + out * dx, normal[1] + out * dy, normal[2] + up]);
  }
  const along = (cos * dx + sin * dy) / radius;
  const across = (cos * dy - sin * dx) / radius;
  // A face's own axis reads 1 there and is not bent by itself.
  const a = Math.abs(along) > 0.999 ? 0 : bend(along);
  const b = Math.abs(across) > 0.999 ? 0 : bend(across);
  return normalize([normal[0] + a * cos - b * sin, normal[1] + a * sin + b * cos, normal[2] + up]);
}

/** 0 in the middle of a face, rising to BEND at its edges; `share` is -1 at one edge and 1 at the other. */
function bend(share: number): number {
  const into = Math.max(0, (Math.abs(share) - 1 + EDGE) / EDGE);
  return Math.sign(share) * BEND * into * into;
}
