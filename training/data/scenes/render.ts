import { viewOf } from './camera.js';
import type { Scene } from './scene.js';
import { createShader, type Shader } from './shade.js';
import { solidOf } from './solids.js';
import type { Vector } from './vector.js';
import { castFootprints } from './visibility.js';

/** A picture as bytes: size * size * 3 of sRGB, row by row from the top. */
export interface Picture {
  width: number;
  height: number;
  data: Uint8Array;
}

/**
 * Casts rays through a scene: one a pixel where the ground alone is seen, four where an object is seen or near.
 * The same scene and size give the same bytes.
 */
export function renderScene(scene: Scene, size: number): Picture {
  const view = viewOf(scene.camera);
  const shader = createShader(scene, view);
  const { front } = castFootprints(scene.objects.map(solidOf), view, size);
  const data = new Uint8Array(size * size * 3);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const plain = isPlainGround(front, size, row, column);
      const light = plain
        ? shader.ground((column + 0.5) / size, (row + 0.5) / size)
        : quarters(shader, size, row, column);
      const start = 3 * (row * size + column);
      for (let channel = 0; channel < 3; channel++) data[start + channel] = toByte(light[channel]!);
    }
  }
  return { width: size, height: size, data };
}

/** The mean light of a pixel's four quarters, which share the points of the key light between them. */
function quarters(shader: Shader, size: number, row: number, column: number): Vector {
  let [red, green, blue] = [0, 0, 0];
  for (let quarter = 0; quarter < 4; quarter++) {
    const across = (column + 0.25 + 0.5 * (quarter & 1)) / size;
    const light = shader.light(across, (row + 0.25 + 0.5 * (quarter >> 1)) / size, quarter, 4);
    red += 0.25 * light[0];
    green += 0.25 * light[1];
    blue += 0.25 * light[2];
  }
  return [red, green, blue];
}

function isPlainGround(front: Uint8Array, size: number, row: number, column: number): boolean {
  for (let y = Math.max(0, row - 1); y <= Math.min(size - 1, row + 1); y++) {
    for (let x = Math.max(0, column - 1); x <= Math.min(size - 1, column + 1); x++) {
      if (front[y * size + x] !== 0) return false;
    }
  }
  return true;
}

/** sRGB bytes of linear light in steps of 1/1024 up to 4; the brightest tones roll off instead of clipping, which keeps their hue. */
const BYTES = Uint8Array.from({ length: 4096 }, (_, i) => {
  const light = (i + 0.5) / 1024;
  const shoulder = light < 0.7 ? light : 0.7 + 0.3 * (1 - Math.exp((0.7 - light) / 0.3));
  return Math.round(255 * shoulder ** (1 / 2.2));
});

function toByte(light: number): number {
  return BYTES[Math.min(4095, Math.floor(light * 1024))]!;
}
