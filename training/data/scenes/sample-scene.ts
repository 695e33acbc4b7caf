import { createRng, type Rng } from '../../../model/random.js';
import { project, type View, viewOf } from './camera.js';
import {
  ATTRIBUTES,
  type Camera,
  describeScene,
  type Light,
  type Scene,
  type SceneObject,
  type Split,
} from './scene.js';
import type { Layout, Place } from './semantics.js';
import { reach, solidOf } from './solids.js';
import { normalize } from './vector.js';
import { measureVisibility, pictureBounds } from './visibility.js';

/** Half the width of an object, in ground units, before a jitter of a few per cent. */
const RADIUS = { small: 0.58, large: 0.98 } as const;

/** Free ground between two objects at their closest, in ground units. */
const GAP = 0.16;

/** Objects keep this share of the side between themselves and the picture's edge. */
const MARGIN = 0.02;

/** What counts as visible: pixels of a 96-pixel picture, and their share of what the object would cover alone. */
const LEAST_PIXELS = 25;
const LEAST_SHARE = 0.55;

/** How often an object repeats some of another one's attributes: without it counts and distractors would be rare. */
const REPEAT = 0.3;

/** Of the side of a close-up its object takes about this share, from the smallest to the largest. */
const CLOSE_UP = { least: 0.27, most: 0.8 } as const;

type Kind = Pick<SceneObject, 'size' | 'color' | 'material' | 'shape'>;
type Placed = Omit<SceneObject, 'visiblePixels' | 'visibleShare'>;

/** Where a scene belongs: the scene of an index in a split of a seed; a further attempt gives another scene. */
export interface SceneKey {
  seed: number;
  split: Split;
  index: number;
  attempt: number;
}

/**
 * Draws the scene of a key from a stream of its own, so that neither the number of scenes nor the order of drawing matters. Every scene
 * description belongs to one split, by its hash: splits share no scene, whatever their seeds.
 */
export function sampleSceneOf({ seed, split, index, attempt }: SceneKey): Scene {
  return sampleScene(createRng('scene', seed, split, index, attempt), (description) => splitOf(description) === split);
}

/** The split that may hold a description: four fifths of all descriptions are for training. */
function splitOf(description: string): Split {
  const share = createRng('split', description).next();
  return share < 0.8 ? 'train' : share < 0.9 ? 'val' : 'test';
}

/**
 * Draws a scene of 2 to 4 objects that stand apart, lie inside the picture and can all be seen, with a description that `accepts`;
 * everything comes from `rng`.
 */
export function sampleScene(rng: Rng, accepts: (description: string) => boolean): Scene {
  return untilDrawn(() => tryScene(rng, sampleCamera(rng), sampleKinds, accepts));
}

/** Draws what there is in a scene and where, roughly: things may overlap or be cut off. To be compared with, not to be rendered. */
export function sampleLayout(rng: Rng): Layout {
  const view = viewOf(sampleCamera(rng));
  return { objects: sampleKinds(rng).map((kind) => ({ ...kind, ...samplePlace(rng, view) })) };
}

/**
 * Draws the scene of a single object, from a stream of its own: colours and shapes take turns with the index, so that each of the 32
 * combinations comes as often as the others.
 */
export function sampleObjectOf({ seed, split, index }: Omit<SceneKey, 'attempt'>): Scene {
  const rng = createRng('object', seed, split, index);
  const kinds = () => [{ size: rng.pick(ATTRIBUTES.size), ...lookOf(index), material: rng.pick(ATTRIBUTES.material) }];
  return untilDrawn(() => tryScene(rng, sampleCamera(rng), kinds));
}

/**
 * Draws a single object that the camera has zoomed in on, from a stream of its own: all attributes take turns with the index. Small and
 * large ones fill the picture alike.
 */
export function sampleCloseUpOf({ seed, split, index }: Omit<SceneKey, 'attempt'>): Scene {
  const rng = createRng('close-up', seed, split, index);
  const { color, shape, size, material } = ATTRIBUTES;
  const turn = Math.floor(index / (color.length * shape.length));
  const kind = {
    size: inTurn(size, turn),
    ...lookOf(index),
    material: inTurn(material, Math.floor(turn / size.length)),
  };
  return untilDrawn(() => {
    const camera = sampleCamera(rng);
    const share = CLOSE_UP.least + (CLOSE_UP.most - CLOSE_UP.least) * rng.next();
    const tangent = round(RADIUS[kind.size] / (share * camera.distance));
    return tryScene(rng, { ...camera, tangent }, () => [kind]);
  });
}

/** The colour and the shape whose turn it is. */
function lookOf(index: number): Pick<Kind, 'color' | 'shape'> {
  const { color, shape } = ATTRIBUTES;
  return { color: inTurn(color, index), shape: inTurn(shape, Math.floor(index / color.length)) };
}

function inTurn<T>(values: readonly T[], turn: number): T {
  return values[turn % values.length]!;
}

/** Tries again and again, going on in the same stream, until there is a scene. */
function untilDrawn(tryOnce: () => Scene | undefined): Scene {
  for (;;) {
    const scene = tryOnce();
    if (scene) return scene;
  }
}

/** Draws a scene of objects of some kinds; undefined where one finds no room, is hardly seen, or `accepts` does not take them. */
function tryScene(
  rng: Rng,
  camera: Camera,
  kinds: (rng: Rng) => readonly Kind[],
  accepts: (description: string) => boolean = () => true,
): Scene | undefined {
  const stage = { camera, light: sampleLight(rng), ground: sampleGround(rng) };
  const view = viewOf(camera);
  const placed = placeObjects(rng, kinds(rng), view);
  if (!placed || !accepts(describeScene(placed))) return undefined;
  const objects = measureVisibility(placed, view);
  const areSeen = objects.every((o) => o.visiblePixels >= LEAST_PIXELS && o.visibleShare >= LEAST_SHARE);
  return areSeen ? { ...stage, objects } : undefined;
}

function sampleCamera(rng: Rng): Camera {
  return {
    distance: round(9.2 + 0.5 * rng.next()),
    pitch: round(0.52 + 0.12 * rng.next()),
    tangent: round(0.262 + 0.01 * rng.next()),
  };
}

/** From the front left or the front right: shadows fall aside, where the picture shows them. */
function sampleLight(rng: Rng): Light {
  const turn = (0.75 + 0.55 * rng.next()) * rng.pick([-1, 1]);
  const rise = 0.78 + 0.22 * rng.next();
  const [x, y, z] = normalize([Math.sin(turn), -Math.cos(turn), Math.tan(rise)]);
  return { direction: [round(x), round(y), round(z)], intensity: round(0.85 + 0.2 * rng.next()) };
}

/** A mid grey, a little warmer or cooler: no object's colour. */
function sampleGround(rng: Rng): Scene['ground'] {
  const tone = 0.36 + 0.08 * rng.next();
  const warmth = 0.06 * (rng.next() - 0.4);
  return [round(tone * (1 + warmth)), round(tone), round(tone * (1 - warmth))];
}

function sampleKinds(rng: Rng): Kind[] {
  const kinds: Kind[] = [];
  const count = 2 + rng.int(3);
  while (kinds.length < count) {
    const kind = {
      size: rng.pick(ATTRIBUTES.size),
      color: rng.pick(ATTRIBUTES.color),
      material: rng.pick(ATTRIBUTES.material),
      shape: rng.pick(ATTRIBUTES.shape),
    };
    if (kinds.length > 0 && rng.next() < REPEAT) {
      const { color, material, shape } = rng.pick(kinds);
      Object.assign(kind, rng.pick([{ color, shape }, { shape, material }, { color }, { shape }]));
    }
    kinds.push(kind);
  }
  return kinds;
}

/** Places the objects one after another where each stands free and inside the picture; undefined where one finds no room. */
function placeObjects(rng: Rng, kinds: readonly Kind[], view: View): Placed[] | undefined {
  const placed: Placed[] = [];
  for (const kind of kinds) {
    const radius = round(RADIUS[kind.size] * (0.95 + 0.1 * rng.next()));
    const yaw = round((Math.PI / 2) * rng.next());
    let tries = 30;
    for (; tries > 0; tries--) {
      const { x, y, foot } = samplePlace(rng, view);
      // Keys in this order: scenes.jsonl is written as it stands, and the same options give the same bytes.
      const object: Placed = { ...kind, x, y, radius, yaw, foot };
      if (isInPicture(object, view) && placed.every((other) => isApart(object, other))) {
        placed.push(object);
        break;
      }
    }
    if (tries === 0) return undefined;
  }
  return placed;
}

function samplePlace(rng: Rng, view: View): Place {
  const [x, y] = [round(4.6 * (rng.next() - 0.5)), round(4.8 * (rng.next() - 0.5))];
  return { x, y, foot: project(view, [x, y, 0]).map(round) as [number, number] };
}

function isApart(a: Placed, b: Placed): boolean {
  return Math.hypot(a.x - b.x, a.y - b.y) >= reach(solidOf(a)) + reach(solidOf(b)) + GAP;
}

function isInPicture(object: Placed, view: View): boolean {
  return pictureBounds(solidOf(object), view).every((share) => share >= MARGIN && share <= 1 - MARGIN);
}

/** Four digits: what scenes.jsonl holds is exactly what was drawn. */
function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
