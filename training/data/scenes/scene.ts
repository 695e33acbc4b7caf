/** The splits of a generated set; each holds scenes that no other one holds. */
export const SPLITS = ['train', 'val', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** What an object may be; every value is also the plain word for it. */
export const ATTRIBUTES = {
  size: ['small', 'large'],
  color: ['red', 'orange', 'yellow', 'green', 'cyan', 'blue', 'purple', 'white'],
  material: ['rubber', 'metal'],
  shape: ['cube', 'sphere', 'cylinder', 'cone'],
} as const;

export type AttributeName = keyof typeof ATTRIBUTES;
export type Attributes = { [A in AttributeName]: (typeof ATTRIBUTES)[A][number] };

/** A solid standing upright on the ground, seen by the scene's camera. */
export interface SceneObject extends Attributes {
  /** Ground position of its axis: x to the right, y away from the camera; in ground units. */
  x: number;
  y: number;
  /** Half its width, in ground units. */
  radius: number;
  /** Turn about its axis, in radians; shows on cubes only. */
  yaw: number;
  /** Where its foot (x, y) lies in the picture, as shares of the side: [0, 1] from the left, [0, 1] from the top. */
  foot: [number, number];
  /** Pixels of a 96-pixel picture that show it. */
  visiblePixels: number;
  /** Those pixels over what it would cover if it stood alone, in (0, 1]; 1 - visibleShare is how far it is occluded. */
  visibleShare: number;
}

/** Looks at the middle of the ground from the front: left and right, front and behind are the picture's own. */
export interface Camera {
  /** Distance to the point looked at, in ground units. */
  distance: number;
  /** Angle below the horizontal, in radians. */
  pitch: number;
  /** Tangent of half the field of view. */
  tangent: number;
}

/** The sun-like key light. */
export interface Light {
  /** Unit vector towards it. */
  direction: [number, number, number];
  intensity: number;
}

/** All that a picture shows: rendering a scene needs nothing else. */
export interface Scene {
  camera: Camera;
  light: Light;
  /** Linear RGB of the ground, in [0, 1]. */
  ground: [number, number, number];
  objects: SceneObject[];
}

/**
 * Spells what stands where without measuring it: the objects from left to right, each with its attributes and its rank in depth.
 * Two scenes with one description are the same scene to anyone who describes it.
 */
export function describeScene(objects: readonly (Attributes & Pick<SceneObject, 'x' | 'y'>)[]): string {
  const depths = objects.map((object) => object.y).sort((a, b) => a - b);
  return [...objects]
    .sort((a, b) => a.x - b.x)
    .map(({ size, color, material, shape, y }) => `${size} ${color} ${material} ${shape} ${depths.indexOf(y)}`)
    .join(', ');
}

/** File name of a picture: train_000001.jpg is index 0 of train. */
export function pictureName(split: Split, index: number): string {
  return `${split}_${numberedName(index)}`;
}

/** 000001.jpg is index 0. */
export function numberedName(index: number): string {
  return `${String(index + 1).padStart(6, '0')}.jpg`;
}
