import type { Attributes, Light } from './scene.js';
import { addScaled, dot, type Vector } from './vector.js';

/** Linear RGB of each colour under white light. */
export const ALBEDO: { [C in Attributes['color']]: Vector } = {
  red: linear(0xd6, 0x22, 0x2a),
  orange: linear(0xf7, 0x82, 0x14),
  yellow: linear(0xf8, 0xd8, 0x1c),
  green: linear(0x2c, 0x9a, 0x3c),
  cyan: linear(0x30, 0xc8, 0xd2),
  blue: linear(0x26, 0x4c, 0xd8),
  purple: linear(0x96, 0x36, 0xc8),
  white: linear(0xf2, 0xf2, 0xf0),
};

/** How a material answers light. */
export interface Finish {
  /** Share of the light scattered to all sides. */
  scattered: number;
  /** Share of the surroundings mirrored, tinted by the colour. */
  mirrored: number;
  /** Strength of the key light's highlight, and the exponent that sets how small it is. */
  highlight: number;
  sharpness: number;
}

export const FINISH: { [M in Attributes['material']]: Finish } = {
  rubber: { scattered: 1, mirrored: 0, highlight: 0.03, sharpness: 10 },
  metal: { scattered: 0.28, mirrored: 0.9, highlight: 1.6, sharpness: 140 },
};

const HORIZON: Vector = [0.07, 0.08, 0.1];
const ZENITH: Vector = [1, 1.06, 1.15];

/** Light from the sky above and about, as scattering surfaces take it in: linear RGB. */
export const AMBIENT: Vector = [0.34, 0.37, 0.42];

/**
 * What a mirror sees along a unit vector where nothing stands in the way: a studio. Its sky brightens upwards, tall lamps stand left and
 * right of the camera, the key light glows.
 */
export function studioAlong(direction: Vector, light: Light): Vector {
  const height = Math.sqrt(Math.max(0, direction[2]));
  const across = direction[0] / (Math.sqrt(direction[0] ** 2 + direction[1] ** 2) + 1e-9);
  const lamps = direction[1] > 0 ? 0 : 1.5 * bump(across + 0.52, 0.2) + 1.1 * bump(across - 0.4, 0.11);
  const glow = 1.8 * Math.exp(14 * (dot(direction, light.direction) - 1));
  const sky = addScaled(HORIZON, addScaled(ZENITH, HORIZON, -1), height);
  const added = lamps * (1 - 0.6 * height) + glow;
  return [sky[0] + added, sky[1] + added, sky[2] + added];
}

function bump(offset: number, width: number): number {
  return Math.exp(-((offset / width) ** 2));
}

function linear(...bytes: [number, number, number]): Vector {
  return bytes.map((byte) => (byte / 255) ** 2.2) as [number, number, number];
}
