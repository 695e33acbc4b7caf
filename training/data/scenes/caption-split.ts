import { createRng } from '../../../model/random.js';
import { type Caption, writeCaptions } from './captions.js';
import type { SceneKey } from './sample-scene.js';
import type { Scene } from './scene.js';
import { holds, type Meaning, matches, type Pattern } from './semantics.js';

/** Captions of one picture. */
export const CAPTIONS_PER_PICTURE = 5;

/** A scene and the key that it was drawn from. */
export interface KeyedScene {
  key: SceneKey;
  scene: Scene;
}

/**
 * Writes the captions of all scenes of a split, from a stream for each scene's key. With `unique`, no caption could pass for one of
 * another scene of the split. `scarce` lists the scenes (by place) that have too little to say for five captions; theirs are missing.
 */
export function captionSplit(
  scenes: readonly KeyedScene[],
  unique: boolean,
): { captions: Caption[][]; scarce: number[] } {
  const scarce: number[] = [];
  const placesOf = indexPatterns(scenes);
  const captions = scenes.map(({ key, scene }, place) => {
    const rng = createRng('captions', key.seed, key.split, key.index, key.attempt);
    const isOnly = (meaning: Meaning) => {
      const named = [...meaning.things, ...meaning.counts.map(({ pattern }) => pattern)].map(placesOf);
      const rarest = named.reduce((best, places) => (places.length < best.length ? places : best));
      return rarest.every((i) => i === place || !holds(meaning, scenes[i]!.scene, 'possibly'));
    };
    const found = writeCaptions(scene, CAPTIONS_PER_PICTURE, rng, unique ? isOnly : undefined);
    if (found.length < CAPTIONS_PER_PICTURE) scarce.push(place);
    return found;
  });
  return { captions, scarce };
}

/** Finds the places of the scenes with an object of a pattern, each pattern once: only these can make a meaning with it true. */
function indexPatterns(scenes: readonly KeyedScene[]): (pattern: Pattern) => number[] {
  const index = new Map<string, number[]>();
  return (pattern) => {
    const spelled = `${pattern.size} ${pattern.color} ${pattern.material} ${pattern.shape}`;
    let places = index.get(spelled);
    if (!places) {
      places = [...scenes.keys()].filter((i) => scenes[i]!.scene.objects.some((object) => matches(pattern, object)));
      index.set(spelled, places);
    }
    return places;
  };
}
