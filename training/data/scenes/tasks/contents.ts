import type { Rng } from '../../../../model/random.js';
import type { AttributeName, Scene, SceneObject } from '../scene.js';
import { matches, type Pattern, RELATIONS } from '../semantics.js';
import { bareNoun, nounPhrase, patternOf, relationPhrase } from '../wording.js';
import { areNested, countOf, drawPattern } from './patterns.js';
import { any, relate, type Truth } from './truth.js';

/** What a picture may show, as the object of a sentence: "a red cube", "exactly two cones", "only metal objects". */
export interface Content {
  words: string;
  isIn(scene: Scene): Truth;
}

/** How often each kind is tried; how things stand to each other the most, as it is rarely so in one picture of two. */
const WRITERS = [
  ...[drawThing, drawThing, drawNumber, drawNumber, drawKind],
  ...[drawRelated, drawRelated, drawRelated, drawRelated, drawRelated],
];

/** Draws something that the picture of these objects shows or nearly shows. */
export function drawContent(objects: readonly SceneObject[], rng: Rng): Content {
  return rng.pick(WRITERS)(objects, rng);
}

function drawThing(objects: readonly SceneObject[], rng: Rng): Content {
  const pattern = drawPattern(objects, rng);
  return { words: nounPhrase(pattern, rng), isIn: (scene) => countOf(scene.objects, pattern) > 0 };
}

/** "A cube left of a ball". */
function drawRelated(objects: readonly SceneObject[], rng: Rng): Content {
  const [first, second] = [drawPattern(objects, rng, 1), drawPattern(objects, rng, 2)];
  if (areNested(first, second)) return drawThing(objects, rng);
  const relation = rng.pick(RELATIONS);
  return {
    words: `${nounPhrase(first, rng)} ${relationPhrase(relation, rng)} ${nounPhrase(second, rng)}`,
    isIn: (scene) =>
      any(
        scene.objects.flatMap((a) =>
          scene.objects.flatMap((b) =>
            a !== b && matches(first, a) && matches(second, b) ? [relate(a, relation, b)] : [],
          ),
        ),
      ),
  };
}

/** "Exactly three objects", "at least two cubes". */
function drawNumber(objects: readonly SceneObject[], rng: Rng): Content {
  const pattern = drawCounted(objects, rng);
  const wanted = 2 + Number(rng.next() < 0.3);
  const exactly = rng.next() < 0.6;
  return {
    words: `${exactly ? 'exactly' : 'at least'} ${nounPhrase(pattern, rng, wanted)}`,
    isIn(scene) {
      const count = countOf(scene.objects, pattern);
      return exactly ? count === wanted : count >= wanted;
    },
  };
}

/** Draws what is counted: objects of one attribute, or any objects. */
export function drawCounted(objects: readonly SceneObject[], rng: Rng): Pattern {
  if (rng.next() < 0.15) return {};
  return patternOf(rng.pick(objects), [rng.pick<AttributeName>(['shape', 'shape', 'color', 'material', 'size'])]);
}

/** "Only metal objects". */
function drawKind(objects: readonly SceneObject[], rng: Rng): Content {
  const pattern = patternOf(rng.pick(objects), [rng.pick<AttributeName>(['shape', 'material', 'size'])]);
  return {
    words: `only ${bareNoun(pattern, rng, 2)}`,
    isIn: (scene) => scene.objects.every((object) => matches(pattern, object)),
  };
}
