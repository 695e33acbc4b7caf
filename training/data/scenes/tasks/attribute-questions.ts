import type { Rng } from '../../../../model/random.js';
import { ATTRIBUTES, type AttributeName, type Scene, type SceneObject } from '../scene.js';
import { type Pattern, RELATIONS } from '../semantics.js';
import { asSentence, bareNoun, outermostPhrase, predicate } from '../wording.js';
import type { Prompt } from './balance.js';
import { ATTRIBUTE_NAMES, drawValue, singleOut, spell, theOnly } from './patterns.js';
import { outermost } from './truth.js';
import { yesOrNo } from './yes-or-no.js';

/** A way to speak of one object, in any scene. */
interface Reference {
  words: string;
  key: string;
  mentions: Pattern[];
  find(objects: readonly SceneObject[]): SceneObject | undefined;
}

/** How often each attribute is asked for: more where there are more answers to tell apart. */
const ASKED: readonly AttributeName[] = [
  'color',
  'color',
  'color',
  'color',
  'shape',
  'shape',
  'shape',
  'material',
  'size',
];

/** What a singled-out object is like: "What color is the large cube?", "What shape is the leftmost object?" */
export function drawWhichAttribute({ objects }: Scene, rng: Rng): Prompt | undefined {
  const asked = rng.pick(ASKED);
  const reference = referTo(rng.pick(objects), objects, asked, rng);
  return (
    reference && {
      text: asSentence(askFor(asked, reference.words, rng), '?'),
      groups: [`which ${asked} ${reference.key}`, `which ${asked}`],
      answers: ATTRIBUTES[asked],
      mentions: reference.mentions,
      answerFor: (scene) => reference.find(scene.objects)?.[asked],
    }
  );
}

/** Whether a singled-out object is so: "Is the large cube red?", "Is the leftmost object made of metal?" */
export function drawWhetherAttribute({ objects }: Scene, rng: Rng): Prompt | undefined {
  const asked = rng.pick(ATTRIBUTE_NAMES);
  const object = rng.pick(objects);
  const reference = referTo(object, objects, asked, rng);
  if (!reference) return undefined;
  const value = rng.next() < 0.5 ? object[asked] : drawValue(asked, rng)[asked]!;
  return {
    text: asSentence(`is ${reference.words} ${predicate(asked, value, rng)}`, '?'),
    groups: [`is ${value} ${reference.key}`, `is ${value}`, `is any ${asked}`],
    mentions: [...reference.mentions, { [asked]: value }],
    ...yesOrNo((scene) => {
      const found = reference.find(scene.objects);
      return found && found[asked] === value;
    }),
  };
}

/** By its place or by other attributes than the one asked about. */
function referTo(
  object: SceneObject,
  objects: readonly SceneObject[],
  asked: AttributeName,
  rng: Rng,
): Reference | undefined {
  return rng.next() < 0.25 ? placeOf(object, objects, rng) : nameOf(object, objects, asked, rng);
}

function placeOf(object: SceneObject, objects: readonly SceneObject[], rng: Rng): Reference | undefined {
  const relation = rng.shuffle(RELATIONS).find((one) => outermost(objects, one) === object);
  return (
    relation && {
      words: outermostPhrase(relation, rng),
      key: relation,
      mentions: [],
      find: (those) => outermost(those, relation),
    }
  );
}

function nameOf(
  object: SceneObject,
  objects: readonly SceneObject[],
  asked: AttributeName,
  rng: Rng,
): Reference | undefined {
  const pattern = singleOut(object, objects, rng, [asked]);
  return (
    pattern && {
      words: `the ${bareNoun(pattern, rng)}`,
      key: spell(pattern),
      mentions: [pattern],
      find: (those) => theOnly(those, pattern),
    }
  );
}

/** "What color is <the small cube>", "what is <the small cube> made of". */
export function askFor(asked: AttributeName, words: string, rng: Rng): string {
  const questions: { [A in AttributeName]: string[] } = {
    size: [`what size is ${words}`, `how big is ${words}`, `is ${words} small or large`, `is ${words} large or small`],
    color: [`what color is ${words}`, `what is the color of ${words}`, `which color does ${words} have`],
    material: [`what is ${words} made of`, `what material is ${words}`, `is ${words} made of rubber or metal`],
    shape: [`what shape is ${words}`, `what is the shape of ${words}`, `which shape does ${words} have`],
  };
  return rng.pick(questions[asked]);
}
