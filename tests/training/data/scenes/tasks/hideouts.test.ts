import { describe, expect, test } from 'vitest';
import { viewOf } from '../../../../../training/data/scenes/camera.js';
import { renderScene } from '../../../../../training/data/scenes/render.js';
import { sampleSceneOf } from '../../../../../training/data/scenes/sample-scene.js';
import { ATTRIBUTES, type Scene, type SceneObject } from '../../../../../training/data/scenes/scene.js';
import { hideableBehind, hideoutsOf, isAllSeen } from '../../../../../training/data/scenes/tasks/hideouts.js';
import { measureVisibility } from '../../../../../training/data/scenes/visibility.js';

const scenes = Array.from({ length: 60 }, (_, index) => sampleSceneOf({ seed: 21, split: 'train', index, attempt: 0 }));

/** A small red object of a shape at a place, facing the camera. */
function smallObject(scene: Scene, shape: SceneObject['shape'], x: number, y: number): SceneObject {
  const [, eyeY] = viewOf(scene.camera).eye;
  const unseen = { foot: [0, 0] as [number, number], visiblePixels: 0, visibleShare: 0 };
  return {
    size: 'small',
    color: 'red',
    material: 'rubber',
    shape,
    x,
    y,
    radius: 0.55,
    yaw: Math.atan2(y - eyeY, x),
    ...unseen,
  };
}

function visibleShareOf(scene: Scene, object: SceneObject): number {
  return measureVisibility([...scene.objects, object], viewOf(scene.camera)).at(-1)!.visibleShare;
}

describe('hideoutsOf', () => {
  const complete = scenes.flatMap((scene) =>
    hideoutsOf(scene)
      .filter((hideout) => hideout.complete)
      .map((hideout) => ({ scene, hideout })),
  );

  test('a picture looks the same whether or not something stands in a hideout', () => {
    expect(complete.length).toBeGreaterThan(80);
    for (const { scene, hideout } of complete) {
      const { shape, x, y } = hideout;
      expect(visibleShareOf(scene, smallObject(scene, shape, x, y))).toBe(0);
    }
    for (const { scene, hideout } of complete.filter((_, i) => i % 10 === 0)) {
      const { shape, x, y } = hideout;
      const before = renderScene(scene, 48).data;
      const after = renderScene({ ...scene, objects: [...scene.objects, smallObject(scene, shape, x, y)] }, 48).data;
      const differences = before.map((byte, i) => Math.abs(byte - after[i]!));
      // The sky's light on the ground fades a little around whatever stands there.
      expect(Math.max(...differences)).toBeLessThan(40);
      expect(differences.filter((difference) => difference > 16).length / differences.length).toBeLessThan(0.002);
    }
  });

  test('nothing small and nothing pointed hides all of something', () => {
    const behind = new Set(complete.map(({ hideout }) => `${hideout.behind.size} ${hideout.behind.shape}`));
    for (const kind of behind) expect(kind).toMatch(/^large /);
    expect(behind.size).toBeGreaterThanOrEqual(3);
  });
});

describe('hideableBehind', () => {
  test('where the answer is no, a small object put behind is seen', () => {
    let tried = 0;
    for (const scene of scenes) {
      for (const anchor of scene.objects) {
        for (const shape of ATTRIBUTES.shape) {
          if (hideableBehind(scene, anchor, { shape }) !== 'no') continue;
          for (const [aside, far] of [
            [0, 1.2],
            [-0.4, 1.5],
            [0.4, 1.5],
            [0, 2],
          ] as const) {
            const object = smallObject(scene, shape, anchor.x + aside, anchor.y + far);
            const standsFree = scene.objects.every(
              (other) => Math.hypot(other.x - object.x, other.y - object.y) > 1.2 * (other.radius + object.radius),
            );
            if (!standsFree) continue;
            tried++;
            expect(visibleShareOf(scene, object)).toBeGreaterThan(0.05);
          }
        }
      }
    }
    expect(tried).toBeGreaterThan(150);
  });

  test('large things never hide; what hides anywhere is not all seen', () => {
    const answers = new Set<string>();
    for (const scene of scenes) {
      for (const anchor of scene.objects) {
        expect(hideableBehind(scene, anchor, { size: 'large' })).toBe('no');
        const answer = hideableBehind(scene, anchor, { shape: 'cube' });
        answers.add(answer);
        if (answer !== 'no') expect(isAllSeen(scene, { shape: 'cube' })).toBe(false);
      }
    }
    expect([...answers].sort()).toEqual(['no', 'unsure', 'yes']);
  });
});
