import { createRng } from '../../../model/random.js';
import { type Caption, writeCaptions } from './captions.js';
import { type SceneKey, sampleLayout } from './sample-scene.js';
import type { Scene } from './scene.js';
import { holds, type Layout, type Meaning, matches, type Pattern } from './semantics.js';

/** Captions of one picture. */
export const CAPTIONS_PER_PICTURE = 5;

/** A scene and the key that it was drawn from. */
export interface KeyedScene {
  key: SceneKey;
  scene: Scene;
}

/** So many layouts stand for all that train could show. */
const CROWD = 2000;

/**
 * What no caption of train may be true of, in place of the other scenes: a larger split begins with the smaller one's texts. Without it a
 * caption would be true of one in a thousand pictures of train, which hard negatives find: every tenth would be no negative.
 */
export function drawCrowd(seed: number): Layout[] {
  return Array.from({ length: CROWD }, (_, index) => sampleLayout(createRng('crowd', seed, index)));
}

/**
 * Writes the captions of scenes, from a stream for each scene's key: none that could pass for one of `others`, but for the scene itself.
 * `scarce` lists the scenes (by the index in their keys) that have too little to say for five captions; theirs are missing.
 */
export function captionScenes(
  scenes: readonly KeyedScene[],
  others: readonly Layout[],
): { captions: Caption[][]; scarce: number[] } {
  const scarce: number[] = [];
  const placesOf = indexPatterns(others);
  const captions = scenes.map(({ key, scene }) => {
    const rng = createRng('captions', key.seed, key.split, key.index, key.attempt);
    const isOnly = (meaning: Meaning) => {
      const named = [...meaning.things, ...meaning.counts.map(({ pattern }) => pattern)].map(placesOf);
      const rarest = named.reduce((best, places) => (places.length < best.length ? places : best));
      return rarest.every((i) => others[i] === scene || !holds(meaning, others[i]!, 'possibly'));
    };
    const found = writeCaptions(scene, CAPTIONS_PER_PICTURE, rng, isOnly);
    if (found.length < CAPTIONS_PER_PICTURE) scarce.push(key.index);
    return found;
  });
  return { captions, scarce };
}

/** Finds the places of the layouts with an object of a pattern, each pattern once: only these can make a meaning with it true. */
function indexPatterns(layouts: readonly Layout[]): (pattern: Pattern) => number[] {
  const index = new Map<string, number[]>();
  return (pattern) => {
    const spelled = `${pattern.size} ${pattern.color} ${pattern.material} ${pattern.shape}`;
    let places = index.get(spelled);
    if (!places) {
      places = [...layouts.keys()].filter((i) => layouts[i]!.objects.some((object) => matches(pattern, object)));
      index.set(spelled, places);
    }
    return places;
  };
}
