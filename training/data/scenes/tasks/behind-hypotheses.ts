import { ENTAILMENT_LABELS, type EntailmentLabel } from '../../../../model/maskvlm/entailment-labels.js';
import type { Rng } from '../../../../model/random.js';
import type { Scene, SceneObject } from '../scene.js';
import { matches, type Pattern } from '../semantics.js';
import { asSentence, bareNoun, nounPhrase, predicate } from '../wording.js';
import type { Prompt } from './balance.js';
import { type Hideable, hideableBehind } from './hideouts.js';
import { ATTRIBUTE_NAMES, areNested, drawPattern, singleOut, spell, spellNames, theOnly } from './patterns.js';
import { labelOf, standing } from './truth.js';

/** What a hypothesis says about the number of things behind an object. */
type Claimed = 'some' | 'none' | 'one' | 'several';

const IS_TRUE: { [C in Claimed]: (count: number) => boolean } = {
  some: (count) => count > 0,
  none: (count) => count === 0,
  one: (count) => count === 1,
  several: (count) => count > 1,
};

/**
 * What stands behind an object: "There is a ball behind the red cube." A ball that is seen there entails it; a cube that may hide a
 * ball leaves it open; one too small to hide it contradicts it. So that the words don't tell, they never tell the sizes that matter.
 */
export function drawBehind(scene: Scene, rng: Rng): Prompt | undefined {
  return draw(scene, 'some', rng);
}

/** How much stands behind an object: "Nothing stands behind the red cube.", "There is exactly one ball behind the cone." */
export function drawBehindNumber(scene: Scene, rng: Rng): Prompt | undefined {
  return draw(scene, rng.pick(['none', 'one', 'several']), rng);
}

function draw({ objects }: Scene, claimed: Claimed, rng: Rng): Prompt | undefined {
  const anchor = singleOut(rng.pick(objects), objects, rng, ['size']);
  const pattern = drawHideable(objects, claimed, rng);
  if (!anchor || (spell(pattern) !== '' && areNested(pattern, anchor))) return undefined;
  const group = `behind: ${claimed}`;
  return {
    text: asSentence(SAY[claimed](pattern, `the ${bareNoun(anchor, rng)}`, rng), '.'),
    groups: [`${group} ${spell(pattern)} ${spell(anchor)}`, `${group} ${spellNames(pattern)}`, group],
    answers: ENTAILMENT_LABELS,
    mentions: [pattern, anchor],
    answerFor(scene) {
      const found = theOnly(scene.objects, anchor);
      const seen = found && standing(scene.objects, 'behind', found)?.filter((object) => matches(pattern, object));
      return seen && judge(seen.length, hideableBehind(scene, found, pattern), IS_TRUE[claimed]);
    },
  };
}

/** A description that does not say "large": what is large can't hide. */
function drawHideable(objects: readonly SceneObject[], claimed: Claimed, rng: Rng): Pattern {
  if (rng.next() < (claimed === 'some' ? 0.08 : 0.35)) return {};
  const { size, ...others } = drawPattern(objects, rng, 2);
  return size === 'small' ? { size, ...others } : others;
}

/** Judges a claim about a number of which some are seen and more may be hidden. */
export function judge(
  seen: number,
  hideable: Hideable,
  isTrue: (count: number) => boolean,
): EntailmentLabel | undefined {
  if (hideable === 'no') return labelOf(isTrue(seen));
  const truths = [0, 1, 2, 3].map((hidden) => isTrue(seen + hidden));
  if (truths.every((truth) => truth === truths[0])) return labelOf(truths[0]);
  return hideable === 'yes' && truths[0] !== truths[1] ? 'neutral' : undefined;
}

const SAY: { [C in Claimed]: (pattern: Pattern, anchor: string, rng: Rng) => string } = {
  some(pattern, anchor, rng) {
    const thing = saySomething(pattern, rng);
    return rng.pick([
      `there is ${thing} behind ${anchor}`,
      `${thing} is behind ${anchor}`,
      `${thing} stands behind ${anchor}`,
      `behind ${anchor} there is ${thing}`,
      `behind ${anchor} stands ${thing}`,
      `${anchor} has ${thing} behind it`,
    ]);
  },
  none(pattern, anchor, rng) {
    if (spell(pattern) === '') {
      return rng.pick([
        `nothing is behind ${anchor}`,
        `nothing stands behind ${anchor}`,
        `there is nothing behind ${anchor}`,
        `${anchor} has nothing behind it`,
      ]);
    }
    return rng.pick([
      () => `there is no ${bareNoun(pattern, rng)} behind ${anchor}`,
      () => `there are no ${bareNoun(pattern, rng, 2)} behind ${anchor}`,
      () => `no ${bareNoun(pattern, rng)} stands behind ${anchor}`,
    ])();
  },
  one(pattern, anchor, rng) {
    const thing = bareNoun(pattern, rng);
    return rng.pick([
      `exactly one ${thing} is behind ${anchor}`,
      `there is exactly one ${thing} behind ${anchor}`,
      `only one ${thing} stands behind ${anchor}`,
    ]);
  },
  several(pattern, anchor, rng) {
    return rng.pick([
      () => `more than one ${bareNoun(pattern, rng)} is behind ${anchor}`,
      () => `there is more than one ${bareNoun(pattern, rng)} behind ${anchor}`,
      () => `at least ${nounPhrase(pattern, rng, 2)} stand behind ${anchor}`,
    ])();
  },
};

/** "A red cube", "something", "something red". */
function saySomething(pattern: Pattern, rng: Rng): string {
  if (spell(pattern) === '') return 'something';
  const name = ATTRIBUTE_NAMES.find((one) => pattern[one] !== undefined)!;
  const isAdjective = name !== 'shape' && spellNames(pattern) === name;
  return isAdjective && rng.next() < 0.6
    ? `something ${predicate(name, pattern[name]!, rng)}`
    : nounPhrase(pattern, rng);
}
