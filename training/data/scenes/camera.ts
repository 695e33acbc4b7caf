import type { Camera } from './scene.js';
import { addScaled, dot, normalize, type Vector } from './vector.js';

/** A camera's position and the directions of its picture, ready to send rays. */
export interface View {
  eye: Vector;
  forward: Vector;
  /** Picture right and up, scaled so that the picture spans -1 to 1 of each. */
  right: Vector;
  up: Vector;
}

/** The camera looks at this height above the middle of the ground: objects stand around the picture's centre. */
const TARGET_HEIGHT = 0.35;

/** Turns a camera's distance and angles into vectors. */
export function viewOf({ distance, pitch, tangent }: Camera): View {
  const [sin, cos] = [Math.sin(pitch), Math.cos(pitch)];
  return {
    eye: [0, -distance * cos, TARGET_HEIGHT + distance * sin],
    forward: [0, cos, -sin],
    right: [tangent, 0, 0],
    up: [0, tangent * sin, tangent * cos],
  };
}

/** Where a point appears: [across, down] as shares of the side, [0, 1] inside the picture. */
export function project(view: View, point: Vector): [number, number] {
  const offset = addScaled(point, view.eye, -1);
  const depth = dot(offset, view.forward);
  const scale = dot(view.right, view.right) * depth;
  return [0.5 + dot(offset, view.right) / (2 * scale), 0.5 - dot(offset, view.up) / (2 * scale)];
}

/** Unit vector from the eye through a place of the picture, given like what {@link project} returns. */
export function rayThrough({ forward, right, up }: View, across: number, down: number): Vector {
  const a = 2 * across - 1;
  const b = 1 - 2 * down;
  return normalize([
    forward[0] + a * right[0] + b * up[0],
    forward[1] + a * right[1] + b * up[1],
    forward[2] + a * right[2] + b * up[2],
  ]);
}
