import type { Rng } from '../../../../model/random.js';
import type { Scene } from '../scene.js';
import type { Pattern } from '../semantics.js';
import { asSentence, bareNoun, nounPhrase, predicate } from '../wording.js';
import type { Prompt } from './balance.js';
import { ATTRIBUTE_NAMES, countOf, drawPattern, spell, spellNames } from './patterns.js';
import { yesOrNo } from './yes-or-no.js';

/** Whether something is there: "Is there a red cube?", "Is there more than one cone?", "Is anything made of metal?" */
export function drawExistence({ objects }: Scene, rng: Rng): Prompt {
  const several = rng.next() < 0.25;
  const pattern = drawPattern(objects, rng, several ? 2 : 3);
  const names = spellNames(pattern);
  const least = several ? 2 : 1;
  const kind = several ? 'several' : 'some';
  return {
    text: asSentence(several ? askSeveral(pattern, rng) : askOne(pattern, rng), '?'),
    groups: [`${kind} ${spell(pattern)}`, `${kind} ${names}`, kind],
    mentions: [pattern],
    ...yesOrNo((scene) => countOf(scene.objects, pattern) >= least),
  };
}

function askOne(pattern: Pattern, rng: Rng): string {
  const name = ATTRIBUTE_NAMES.find((one) => pattern[one] !== undefined)!;
  if (name !== 'shape' && spellNames(pattern) === name && rng.next() < 0.5) {
    return `is anything ${rng.pick(['', 'in the picture '])}${predicate(name, pattern[name]!, rng)}`;
  }
  return rng.pick([
    () => `is there ${nounPhrase(pattern, rng)}`,
    () => `is there ${nounPhrase(pattern, rng)} in the picture`,
    () => `are there any ${bareNoun(pattern, rng, 2)}`,
    () => `can you see ${nounPhrase(pattern, rng)}`,
    () => `does the picture show ${nounPhrase(pattern, rng)}`,
  ])();
}

function askSeveral(pattern: Pattern, rng: Rng): string {
  return rng.pick([
    () => `is there more than one ${bareNoun(pattern, rng)}`,
    () => `are there at least ${nounPhrase(pattern, rng, 2)}`,
    () => `can you see more than one ${bareNoun(pattern, rng)}`,
  ])();
}
