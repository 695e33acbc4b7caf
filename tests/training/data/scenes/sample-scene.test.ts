import { describe, expect, test } from 'vitest';
import { project, viewOf } from '../../../../training/data/scenes/camera.js';
import { sampleCloseUpOf, sampleObjectOf, sampleSceneOf } from '../../../../training/data/scenes/sample-scene.js';
import { ATTRIBUTES, describeScene, type Scene, SPLITS } from '../../../../training/data/scenes/scene.js';
import { reach, solidOf } from '../../../../training/data/scenes/solids.js';
import { castFootprints, pictureBounds } from '../../../../training/data/scenes/visibility.js';
import { objectOf } from './test-scenes.js';

const drawn = SPLITS.map((split) =>
  Array.from({ length: 80 }, (_, index) => sampleSceneOf({ seed: 3, split, index, attempt: 0 })),
);
const scenes = drawn.flat();

describe('sampleSceneOf', () => {
  test('a key gives one scene, and each part of the key matters', () => {
    const key = { seed: 3, split: 'train', index: 5, attempt: 0 } as const;
    expect(sampleSceneOf(key)).toEqual(scenes[5]);
    for (const other of [{ seed: 4 }, { split: 'val' }, { index: 6 }, { attempt: 1 }] as const) {
      expect(sampleSceneOf({ ...key, ...other })).not.toEqual(scenes[5]);
    }
  });

  test('scenes have 2 to 4 objects, and every attribute comes up', () => {
    expect(new Set(scenes.map(({ objects }) => objects.length))).toEqual(new Set([2, 3, 4]));
    for (const name of ['size', 'color', 'material', 'shape'] as const) {
      const found = new Set(scenes.flatMap(({ objects }) => objects.map((object) => object[name] as string)));
      expect(found).toEqual(new Set(ATTRIBUTES[name]));
    }
  });

  test('every object can be seen, as its numbers say', () => {
    for (const { camera, objects } of scenes) {
      const { front, covered } = castFootprints(objects.map(solidOf), viewOf(camera), 96);
      objects.forEach((object, i) => {
        expect(front.filter((solid) => solid === i + 1)).toHaveLength(object.visiblePixels);
        expect(object.visibleShare).toBeCloseTo(object.visiblePixels / covered[i]!, 3);
        expect(object.visiblePixels).toBeGreaterThanOrEqual(25);
        expect(object.visibleShare).toBeGreaterThanOrEqual(0.55);
      });
    }
  });

  test('objects stand apart and inside the picture', () => {
    for (const { camera, objects } of scenes) {
      objects.forEach((object, i) => {
        const solid = solidOf(object);
        expect(pictureBounds(solid, viewOf(camera)).every((share) => share > 0 && share < 1)).toBe(true);
        for (const other of objects.slice(i + 1)) {
          const distance = Math.hypot(object.x - other.x, object.y - other.y);
          expect(distance).toBeGreaterThan(reach(solid) + reach(solidOf(other)));
        }
      });
    }
  });

  test('feet lie where the camera sees them: right is right, and what is farther is higher', () => {
    for (const { camera, objects } of scenes) {
      for (const { x, y, foot } of objects) {
        const [across, down] = project(viewOf(camera), [x, y, 0]);
        expect(foot[0]).toBeCloseTo(across, 3);
        expect(foot[1]).toBeCloseTo(down, 3);
      }
      const byDepth = [...objects].sort((a, b) => a.y - b.y).map(({ foot }) => foot[1]);
      expect(byDepth).toEqual([...byDepth].sort((a, b) => b - a));
    }
  });

  test('splits share no description, whatever the seed', () => {
    const [train, val, test] = drawn.map((split) => new Set(split.map(({ objects }) => describeScene(objects))));
    expect(new Set([...train!, ...val!, ...test!]).size).toBe(train!.size + val!.size + test!.size);
    const description = (seed: number) =>
      describeScene(sampleSceneOf({ seed, split: 'val', index: 0, attempt: 0 }).objects);
    for (let seed = 10; seed < 40; seed++) expect(train!.has(description(seed))).toBe(false);
  });
});

describe('describeScene', () => {
  const [red, blue] = ['small red metal cube', 'large blue rubber cone'];
  const described = describeScene([objectOf(red!, -1, 1), objectOf(blue!, 1, -1)]);
  test.each([
    ['in another order', [objectOf(blue!, 1, -1), objectOf(red!, -1, 1)], true],
    ['moved a little', [objectOf(red!, -1.5, 1.2), objectOf(blue!, 1, -1)], true],
    ['left and right exchanged', [objectOf(red!, 1, 1), objectOf(blue!, -1, -1)], false],
    ['front and behind exchanged', [objectOf(red!, -1, -1), objectOf(blue!, 1, 1)], false],
    ['another colour', [objectOf('small green metal cube', -1, 1), objectOf(blue!, 1, -1)], false],
  ])('%s', (_, objects, same) => {
    expect(describeScene(objects) === described).toBe(same);
  });
});

describe('sampleObjectOf', () => {
  const objects = Array.from({ length: 64 }, (_, index) => sampleObjectOf({ seed: 3, split: 'val', index }));

  test('draws one object, every colour with every shape in turn', () => {
    expect(objects.map((scene) => scene.objects.length)).toEqual(Array(64).fill(1));
    const looks = objects.map(({ objects: [one] }) => `${one!.color} ${one!.shape}`);
    expect(new Set(looks.slice(0, 32)).size).toBe(32);
    expect(looks.slice(32)).toEqual(looks.slice(0, 32));
    for (const name of ['size', 'material'] as const) {
      const found = new Set(objects.map((scene) => scene.objects[0]![name] as string));
      expect(found).toEqual(new Set(ATTRIBUTES[name]));
    }
  });

  test('a key gives one scene, and each part of the key matters', () => {
    const key = { seed: 3, split: 'val', index: 5 } as const;
    expect(sampleObjectOf(key)).toEqual(objects[5]);
    for (const other of [{ seed: 4 }, { split: 'test' }, { index: 37 }] as const)
      expect(sampleObjectOf({ ...key, ...other })).not.toEqual(objects[5]);
  });
});

describe('sampleCloseUpOf', () => {
  const closeUps = Array.from({ length: 128 }, (_, index) => sampleCloseUpOf({ seed: 3, split: 'train', index }));
  const widthOf = ({ camera, objects: [one] }: Scene) => {
    const [left, , right] = pictureBounds(solidOf(one!), viewOf(camera));
    return right - left;
  };

  test('draws one object, every look in turn', () => {
    const looks = closeUps.map(({ objects }) => {
      expect(objects.length).toBe(1);
      const { size, color, material, shape } = objects[0]!;
      return `${size} ${color} ${material} ${shape}`;
    });
    expect(new Set(looks).size).toBe(128);
  });

  test('small and large ones fill the picture alike, from about a quarter of its width on, and lie inside', () => {
    const widths = (size: string) => closeUps.filter(({ objects }) => objects[0]!.size === size).map(widthOf);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [small, large] = [widths('small'), widths('large')];
    expect(Math.abs(mean(small) - mean(large))).toBeLessThan(0.1);
    expect(Math.min(...small, ...large)).toBeGreaterThan(0.2);
    expect(Math.max(...small, ...large)).toBeLessThanOrEqual(0.96);
    expect(Math.max(...small, ...large)).toBeGreaterThan(0.7);
  });

  test('a key gives one scene, and each part of the key matters', () => {
    const key = { seed: 3, split: 'train', index: 5 } as const;
    expect(sampleCloseUpOf(key)).toEqual(closeUps[5]);
    for (const other of [{ seed: 4 }, { split: 'test' }, { index: 133 }] as const)
      expect(sampleCloseUpOf({ ...key, ...other })).not.toEqual(closeUps[5]);
  });
});
