import { describe, expect, test } from 'vitest';
import { holds, isRelated, type Meaning, RELATIONS } from '../../../../training/data/scenes/semantics.js';
import { objectOf, sceneOf } from './test-scenes.js';

const meaning = (parts: Partial<Meaning>): Meaning => ({ things: [], relations: [], counts: [], ...parts });

/** Left to right: red cube, blue sphere, red cube; the sphere is nearest to the viewer. */
const scene = sceneOf(
  objectOf('small red metal cube', -2, 1),
  objectOf('large blue rubber sphere', 0, -1),
  objectOf('large red rubber cube', 2, 1.1),
);

describe('holds', () => {
  const red = { color: 'red' } as const;
  const cube = { shape: 'cube' } as const;
  const sphere = { shape: 'sphere' } as const;
  test.each<[string, Partial<Meaning>, boolean]>([
    ['a blue sphere', { things: [{ color: 'blue', shape: 'sphere' }] }, true],
    ['a blue cube', { things: [{ color: 'blue', shape: 'cube' }] }, false],
    ['two different red things', { things: [red, red] }, true],
    ['three different red things', { things: [red, red, red] }, false],
    [
      'a cube left of a sphere',
      { things: [cube, sphere], relations: [{ relation: 'left', subject: 0, object: 1 }] },
      true,
    ],
    [
      'a cube in front of a sphere',
      { things: [cube, sphere], relations: [{ relation: 'front', subject: 0, object: 1 }] },
      false,
    ],
    [
      'a large cube, tried second, right of a small one',
      { things: [cube, cube], relations: [{ relation: 'right', subject: 0, object: 1 }] },
      true,
    ],
    [
      'a sphere with cubes on both sides',
      {
        things: [sphere, cube, cube],
        relations: [
          { relation: 'left', subject: 1, object: 0 },
          { relation: 'right', subject: 2, object: 0 },
        ],
      },
      true,
    ],
    [
      'a sphere with two cubes on its left',
      {
        things: [sphere, cube, cube],
        relations: [
          { relation: 'left', subject: 1, object: 0 },
          { relation: 'left', subject: 2, object: 0 },
        ],
      },
      false,
    ],
    ['two red things', { counts: [{ pattern: red, count: 2 }] }, true],
    ['one red thing', { counts: [{ pattern: red, count: 1 }] }, false],
    ['three objects', { total: 3 }, true],
    ['two objects', { total: 2 }, false],
  ])('%s', (_, parts, truth) => {
    expect(holds(meaning(parts), scene, 'clearly')).toBe(truth);
  });

  test('"two cubes" may be said of three, but not clearly', () => {
    const three = sceneOf(...scene.objects, objectOf('small green metal cube', 0, 2));
    const two = meaning({ counts: [{ pattern: cube, count: 2 }] });
    expect([holds(two, three, 'clearly'), holds(two, three, 'possibly')]).toEqual([false, true]);
  });

  test('what holds by a hair holds possibly, not clearly', () => {
    const cubes = [objectOf('small red metal cube', 0, 0), objectOf('small red metal cube', 0.1, 0)] as const;
    expect(isRelated(cubes[0], 'left', cubes[1], 'clearly')).toBe(false);
    expect(isRelated(cubes[0], 'left', cubes[1], 'possibly')).toBe(true);
    expect(isRelated(cubes[1], 'left', cubes[0], 'possibly')).toBe(false);
  });
});

describe('isRelated', () => {
  const middle = objectOf('small red metal cube', 0, 0);
  test.each([
    ['left', -2, 0],
    ['right', 2, 0],
    ['front', 0, -2],
    ['behind', 0, 2],
  ] as const)('only %s is clear of an object at (%d, %d)', (relation, x, y) => {
    const object = objectOf('small blue metal cube', x, y);
    expect(RELATIONS.filter((name) => isRelated(object, name, middle, 'clearly'))).toEqual([relation]);
  });
});
