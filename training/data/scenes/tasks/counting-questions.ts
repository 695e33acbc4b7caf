import type { Rng } from '../../../../model/random.js';
import type { AttributeName, Scene } from '../scene.js';
import { matches, type Pattern, RELATIONS } from '../semantics.js';
import { asSentence, bareNoun, patternOf, relationPhrase } from '../wording.js';
import type { Prompt } from './balance.js';
import { areNested, countOf, drawPattern, drawValue, singleOut, spell, spellNames, theOnly } from './patterns.js';
import { standing } from './truth.js';

/** The numbers that are common enough to be asked for equally often, by what the question names; "" is any object at all. */
const COMMON: { [names: string]: readonly string[] } = {
  '': ['2', '3', '4'],
  size: ['0', '1', '2', '3', '4'],
  material: ['0', '1', '2', '3', '4'],
  shape: ['0', '1', '2', '3'],
};
const OTHERWISE = ['0', '1', '2'];

/** How many: "How many small cubes are there?", "How many things are behind the red cone?" */
export function drawCounting(scene: Scene, rng: Rng): Prompt | undefined {
  return rng.next() < 0.7 ? drawNumber(scene, rng) : drawNumberBeside(scene, rng);
}

function drawNumber({ objects }: Scene, rng: Rng): Prompt {
  const pattern = drawCounted(objects, rng);
  const many = bareNoun(pattern, rng, 2);
  const names = spellNames(pattern);
  const text = rng.pick([
    `how many ${many} are there`,
    `how many ${many} are in the picture`,
    `how many ${many} can you see`,
    `how many ${many} does the picture show`,
    `what is the number of ${many}`,
  ]);
  return {
    text: asSentence(text, '?'),
    groups: [`number ${spell(pattern)}`, `number ${names}`],
    answers: COMMON[names] ?? OTHERWISE,
    mentions: [pattern],
    answerFor: (scene) => String(countOf(scene.objects, pattern)),
  };
}

/** Mostly one attribute: with more the answer would nearly always be none or one. */
function drawCounted(objects: Scene['objects'], rng: Rng): Pattern {
  const kind = rng.next();
  if (kind < 0.12) return {};
  if (kind < 0.4) return drawPattern(objects, rng, 2);
  const name = rng.pick<AttributeName>(['shape', 'shape', 'color', 'size', 'material']);
  return rng.next() < 0.7 ? patternOf(rng.pick(objects), [name]) : drawValue(name, rng);
}

function drawNumberBeside({ objects }: Scene, rng: Rng): Prompt | undefined {
  const relation = rng.pick(RELATIONS);
  const pattern = rng.next() < 0.6 ? {} : patternOf(rng.pick(objects), [rng.pick(['shape', 'color', 'material'])]);
  const anchor = singleOut(rng.pick(objects), objects, rng);
  if (!anchor || (spell(pattern) !== '' && areNested(pattern, anchor))) return undefined;
  const place = `${relationPhrase(relation, rng)} the ${bareNoun(anchor, rng)}`;
  const group = `number ${relation} of ${spellNames(pattern)}`;
  return {
    text: asSentence(`how many ${bareNoun(pattern, rng, 2)} are ${place}`, '?'),
    groups: [`${group} ${spell(pattern)} ${spell(anchor)}`, group],
    answers: OTHERWISE,
    mentions: [pattern, anchor],
    answerFor(scene) {
      const found = theOnly(scene.objects, anchor);
      const others = found && standing(scene.objects, relation, found);
      return others && String(others.filter((object) => matches(pattern, object)).length);
    },
  };
}
