import type { Rng } from '../../../../model/random.js';
import { ATTRIBUTES, type AttributeName, type Scene, type SceneObject } from '../scene.js';
import { covers, matches, type Pattern, RELATIONS } from '../semantics.js';
import { asSentence, bareNoun, nounPhrase, patternOf, relationPhrase } from '../wording.js';
import { askFor } from './attribute-questions.js';
import type { Prompt } from './balance.js';
import { areNested, drawPattern, singleOut, spell, theOnly } from './patterns.js';
import { any, relate, standing } from './truth.js';
import { yesOrNo } from './yes-or-no.js';

/** Whether things stand so: "Is the cube left of the cone?", "Is there a ball behind the cube?" */
export function drawWhetherRelated(scene: Scene, rng: Rng): Prompt | undefined {
  return rng.pick([drawBetween, drawSomething])(scene, rng);
}

function drawBetween({ objects }: Scene, rng: Rng): Prompt | undefined {
  const relation = rng.pick(RELATIONS);
  const [a, b] = rng.shuffle(objects) as [SceneObject, SceneObject];
  const [subject, object] = [a, b].map((one) => singleOut(one, objects, rng));
  if (!subject || !object) return undefined;
  const where = relationPhrase(relation, rng);
  return {
    text: asSentence(`is the ${bareNoun(subject, rng)} ${where} the ${bareNoun(object, rng)}`, '?'),
    groups: [`whether ${[subject, object].map(spell).sort().join(', ')} ${relation}`, `whether ${relation}`],
    mentions: [subject, object],
    ...yesOrNo((scene) => {
      const [first, second] = [subject, object].map((pattern) => theOnly(scene.objects, pattern));
      return first && second && first !== second ? relate(first, relation, second) : undefined;
    }),
  };
}

function drawSomething({ objects }: Scene, rng: Rng): Prompt | undefined {
  const relation = rng.pick(RELATIONS);
  const anchor = singleOut(rng.pick(objects), objects, rng);
  const pattern = drawPattern(objects, rng, 2);
  if (!anchor || areNested(pattern, anchor)) return undefined;
  const where = `${relationPhrase(relation, rng)} the ${bareNoun(anchor, rng)}`;
  return {
    text: asSentence(`is there ${nounPhrase(pattern, rng)} ${where}`, '?'),
    groups: [`some ${spell(pattern)} ${relation} ${spell(anchor)}`, `some ${relation}`],
    mentions: [pattern, anchor],
    ...yesOrNo((scene) => {
      const found = theOnly(scene.objects, anchor);
      const others = scene.objects.filter((object) => object !== found && matches(pattern, object));
      return found && any(others.map((object) => relate(object, relation, found)));
    }),
  };
}

/** What the one thing, or the one of a kind, is that stands somewhere: "What is left of the ball?", "What color is the cube behind it?" */
export function drawWhatStands({ objects }: Scene, rng: Rng): Prompt | undefined {
  const asked = rng.pick<AttributeName>(['shape', 'shape', 'color', 'color', 'material', 'size']);
  const relation = rng.pick(RELATIONS);
  const anchor = singleOut(rng.pick(objects), objects, rng);
  const kind = asked !== 'shape' && rng.next() < 0.5 ? patternOf(rng.pick(objects), ['shape']) : {};
  if (!anchor || covers(anchor, kind)) return undefined;
  const where = `${relationPhrase(relation, rng)} the ${bareNoun(anchor, rng)}`;
  const words = `the ${bareNoun(kind, rng)} ${where}`;
  return {
    text: asSentence(asked === 'shape' && rng.next() < 0.6 ? `what is ${where}` : askFor(asked, words, rng), '?'),
    // What stands beside a thing is like it more often than chance.
    groups: [
      `what ${asked} ${spell(kind)} ${relation} ${spell(anchor)}`,
      `what ${asked} beside ${anchor[asked]}`,
      `what ${asked}`,
    ],
    answers: possibleValues(asked, kind, anchor),
    mentions: [kind, anchor],
    answerFor(scene) {
      const found = theOnly(scene.objects, anchor);
      const others = found && standing(scene.objects, relation, found)?.filter((object) => matches(kind, object));
      return others?.length === 1 ? others[0]![asked] : undefined;
    },
  };
}

/** Values that do not make the thing fit the words for its anchor, which only one object does. */
function possibleValues(asked: AttributeName, kind: Pattern, anchor: Pattern): string[] {
  return ATTRIBUTES[asked].filter((value) => !covers(anchor, { ...kind, [asked]: value }));
}
