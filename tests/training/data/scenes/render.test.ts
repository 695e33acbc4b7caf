import { describe, expect, test } from 'vitest';
import { viewOf } from '../../../../training/data/scenes/camera.js';
import { type Picture, renderScene } from '../../../../training/data/scenes/render.js';
import { ATTRIBUTES, type Scene } from '../../../../training/data/scenes/scene.js';
import { solidOf } from '../../../../training/data/scenes/solids.js';
import { castFootprints } from '../../../../training/data/scenes/visibility.js';
import { objectOf, sceneOf } from './test-scenes.js';

const SIZE = 48;

type Color = [number, number, number];

const pixelAt = (picture: Picture, across: number, down: number): Color => {
  const start = 3 * (Math.floor(down * picture.height) * picture.width + Math.floor(across * picture.width));
  return [...picture.data.slice(start, start + 3)] as Color;
};

/** Mean colour over the pixels of the first object. */
function meanColor(scene: Scene): Color {
  const { data } = renderScene(scene, SIZE);
  const { front } = castFootprints(scene.objects.map(solidOf), viewOf(scene.camera), SIZE);
  const pixels = [...front.keys()].filter((pixel) => front[pixel] === 1);
  return [0, 1, 2].map(
    (channel) => pixels.reduce((sum, pixel) => sum + data[3 * pixel + channel]!, 0) / pixels.length,
  ) as Color;
}

/** Hue in degrees, and how much of it there is, in [0, 1]. */
function hueOf([r, g, b]: Color): { hue: number; chroma: number } {
  const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
  const span = Math.max(1, most - least);
  const sector = most === r ? (g - b) / span : most === g ? 2 + (b - r) / span : 4 + (r - g) / span;
  return { hue: (sector * 60 + 360) % 360, chroma: (most - least) / 255 };
}

const HUES = { red: 358, orange: 28, yellow: 50, green: 130, cyan: 185, blue: 225, purple: 278 } as const;

describe('renderScene', () => {
  test('gives size * size RGB bytes, the same ones each time', () => {
    const scene = sceneOf(objectOf('large red rubber sphere'), objectOf('small blue metal cube', 1.8, -1));
    const [once, again] = [renderScene(scene, SIZE), renderScene(scene, SIZE)];
    expect([once.width, once.height, once.data.length]).toEqual([SIZE, SIZE, SIZE * SIZE * 3]);
    expect(once.data).toEqual(again.data);
  });

  test('the middle of a red ball is red', () => {
    const [red, green, blue] = pixelAt(renderScene(sceneOf(objectOf('large red rubber sphere')), SIZE), 0.5, 0.45);
    expect(red).toBeGreaterThan(120);
    expect(Math.max(green, blue)).toBeLessThan(red / 2);
  });

  const kinds = ATTRIBUTES.material.flatMap((material) => ATTRIBUTES.shape.map((shape) => [material, shape] as const));
  test.each(kinds)('on a %s %s every colour is itself', (material, shape) => {
    for (const color of ATTRIBUTES.color) {
      const { hue, chroma } = hueOf(meanColor(sceneOf(objectOf(`large ${color} ${material} ${shape}`))));
      if (color === 'white') {
        expect(chroma, color).toBeLessThan(0.12);
        continue;
      }
      expect(chroma, color).toBeGreaterThan(0.25);
      const distance = (name: keyof typeof HUES) => Math.abs(((hue - HUES[name] + 540) % 360) - 180);
      const names = Object.keys(HUES) as (keyof typeof HUES)[];
      expect(names.reduce((best, name) => (distance(name) < distance(best) ? name : best))).toBe(color);
    }
  });

  test('metal mirrors a red neighbour, rubber does not', () => {
    const redness = (material: string) => {
      const scene = sceneOf(
        objectOf(`large white ${material} sphere`, -0.9, 0.2),
        objectOf('large red rubber cube', 1.3, -0.6),
      );
      const { data } = renderScene(scene, SIZE);
      const { front } = castFootprints(scene.objects.map(solidOf), viewOf(scene.camera), SIZE);
      const ball = [...front.keys()].filter((pixel) => front[pixel] === 1);
      return Math.max(...ball.map((pixel) => data[3 * pixel]! - data[3 * pixel + 1]!));
    };
    expect(redness('metal')).toBeGreaterThan(60);
    expect(redness('rubber')).toBeLessThan(40);
  });

  test('a shadow falls on the side away from the light', () => {
    const picture = renderScene(sceneOf(objectOf('large green rubber cylinder')), SIZE);
    const [left, right] = [pixelAt(picture, 0.3, 0.5)[1], pixelAt(picture, 0.7, 0.47)[1]];
    expect(right).toBeLessThan(left - 25);
  });

  test('a nearer object hides a farther one', () => {
    const far = objectOf('large blue rubber cube', 0, 2);
    const near = objectOf('large yellow rubber cube', 0, -0.6);
    const { front } = castFootprints([far, near].map(solidOf), viewOf(sceneOf().camera), SIZE);
    const alone = castFootprints([solidOf(near)], viewOf(sceneOf().camera), SIZE);
    expect(front.filter((solid) => solid === 2)).toHaveLength(alone.covered[0]!);
  });
});
