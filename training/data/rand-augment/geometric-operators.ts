import type { Raster } from '../../../model/image/picture.js';
import { warp } from './warp.js';

// Directions, centres and strengths of ALBEF's dataset/randaugment.py:66-191, where OpenCV is told how the picture moves; `warp` is told
// where each pixel comes from. None of them can mirror: shears and turns by up to 30 degrees keep left on the left and above above.

/** The direction of an operator that has two. */
export type Sign = 1 | -1;

/** Slides row y by 0.03 `level` y pixels, to the right with sign 1: the top row stays. */
export function shearX(raster: Raster, level: number, sign: Sign): Raster {
  return warp(raster, { xFromX: 1, xFromY: -shear(level, sign), x: 0, yFromX: 0, yFromY: 1, y: 0 });
}

/** Slides column x by 0.03 `level` x pixels, downwards with sign 1: the leftmost column stays. */
export function shearY(raster: Raster, level: number, sign: Sign): Raster {
  return warp(raster, { xFromX: 1, xFromY: 0, x: 0, yFromX: -shear(level, sign), yFromY: 1, y: 0 });
}

/** Moves the picture by `level` pixels, whatever its size, to the left with sign 1. */
export function translateX(raster: Raster, level: number, sign: Sign): Raster {
  return warp(raster, { xFromX: 1, xFromY: 0, x: sign * level, yFromX: 0, yFromY: 1, y: 0 });
}

/** Moves the picture by `level` pixels, whatever its size, upwards with sign 1. */
export function translateY(raster: Raster, level: number, sign: Sign): Raster {
  return warp(raster, { xFromX: 1, xFromY: 0, x: 0, yFromX: 0, yFromY: 1, y: sign * level });
}

/**
 * Turns the picture by 3 `level` degrees, counter-clockwise with sign 1, about pixel (width / 2, height / 2): as published, which is half
 * a pixel off the middle.
 */
export function rotate(raster: Raster, level: number, sign: Sign): Raster {
  const angle = (sign * 3 * level * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [cx, cy] = [raster.width / 2, raster.height / 2];
  return warp(raster, {
    xFromX: cos,
    xFromY: -sin,
    x: cx - cos * cx + sin * cy,
    yFromX: sin,
    yFromY: cos,
    y: cy - sin * cx - cos * cy,
  });
}

const shear = (level: number, sign: Sign): number => sign * 0.03 * level;
