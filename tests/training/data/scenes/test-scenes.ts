import type { Attributes, Scene, SceneObject } from '../../../../training/data/scenes/scene.js';
import { ATTRIBUTES } from '../../../../training/data/scenes/scene.js';

/** An object from plain words such as 'small red metal cube' at a place of the ground; its foot lies where the ground point roughly appears. */
export function objectOf(words: string, x = 0, y = 0): SceneObject {
  const [size, color, material, shape] = words.split(' ') as [
    Attributes['size'],
    Attributes['color'],
    Attributes['material'],
    Attributes['shape'],
  ];
  for (const [name, word] of Object.entries({ size, color, material, shape })) {
    if (!(ATTRIBUTES[name as keyof Attributes] as readonly string[]).includes(word))
      throw new Error(`no ${name}: ${word}`);
  }
  const radius = size === 'small' ? 0.46 : 0.9;
  const foot: [number, number] = [0.5 + x / 6, 0.5 - y / 8];
  return { size, color, material, shape, x, y, radius, yaw: 0.4, foot, visiblePixels: 400, visibleShare: 1 };
}

/** A scene of such objects, seen from straight ahead with the light from the left. */
export function sceneOf(...objects: SceneObject[]): Scene {
  return {
    camera: { distance: 9.4, pitch: 0.58, tangent: 0.335 },
    light: { direction: [-0.48, -0.4, 0.7806], intensity: 0.95 },
    ground: [0.4, 0.4, 0.4],
    objects,
  };
}
