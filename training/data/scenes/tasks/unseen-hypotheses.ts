import { ENTAILMENT_LABELS, type EntailmentLabel } from '../../../../model/maskvlm/entailment-labels.js';
import type { Rng } from '../../../../model/random.js';
import type { Scene, SceneObject } from '../scene.js';
import type { Relation } from '../semantics.js';
import { asSentence, bareNoun, predicate, relationPhrase, trailingPhrase } from '../wording.js';
import type { Prompt } from './balance.js';
import { type Claim, drawClaim, drawPresence } from './claims.js';
import { ATTRIBUTE_NAMES, areNested, drawValue, singleOut, spell, theOnly } from './patterns.js';
import { labelOf, relate, type Truth } from './truth.js';

/** What no picture of a thing decides, rightly said of every kind of thing. */
const UNSEEN = [
  'is hollow',
  'is filled with sand',
  'is for sale',
  'is handmade',
  'is brand new',
  'was made last year',
  'was moved today',
  'has a hole underneath',
  'belongs to a child',
];

/** "The cube is left of the ball.": entailed or contradicted. */
export function drawPlain(scene: Scene, rng: Rng): Prompt | undefined {
  const claim = drawClaim(scene, rng);
  return claim && promptOf('plain', claim, claim.words, ['entailment', 'contradiction'], labelOf);
}

/** "The cube is left of the ball and is hollow.": neutral where the first part holds, contradicted elsewhere. */
export function drawPlainAndUnseen(scene: Scene, rng: Rng): Prompt | undefined {
  const claim = drawClaim(scene, rng);
  const words = claim?.adding(rng.pick(UNSEEN));
  return (
    claim &&
    promptOf('and', claim, words!, ['neutral', 'contradiction'], (truth) => (truth ? 'neutral' : labelOf(truth)))
  );
}

/** "The cube is left of the ball, or something in the picture is hollow.": entailed where the first part holds, neutral elsewhere. */
export function drawPlainOrUnseen(scene: Scene, rng: Rng): Prompt | undefined {
  const claim = drawClaim(scene, rng);
  const other = `something in the picture ${rng.pick(UNSEEN)}`;
  const words = claim && rng.pick([`${claim.words}, or ${other}`, `${other}, or ${claim.words}`]);
  return (
    claim &&
    promptOf('or', claim, words!, ['entailment', 'neutral'], (truth) => (truth === false ? 'neutral' : labelOf(truth)))
  );
}

function promptOf(
  mode: string,
  { kind, meaning, mentions, truth }: Claim,
  words: string,
  answers: readonly EntailmentLabel[],
  label: (truth: Truth) => EntailmentLabel | undefined,
): Prompt {
  return {
    text: asSentence(words, '.'),
    groups: [`${mode} ${kind}: ${meaning}`, `${mode} ${kind}`, mode],
    answers,
    mentions,
    answerFor: (scene) => label(truth(scene)),
  };
}

/**
 * "There is a cube, or there is a ball that is hollow.": a cube entails it, a ball alone leaves it open, neither contradicts it. With
 * both, "or" would be disputable.
 */
export function drawEither(scene: Scene, rng: Rng): Prompt | undefined {
  const either = rng.pick([eitherPresence, eitherLook, eitherPlace])(scene.objects, rng);
  if (!either) return undefined;
  const { kind, words, meaning, mentions, truths } = either;
  return {
    text: asSentence(words, '.'),
    groups: [`either ${kind}: ${meaning}`, `either ${kind}`],
    answers: ENTAILMENT_LABELS,
    mentions,
    answerFor(scene) {
      const [first, second] = truths(scene);
      if (first === undefined || second === undefined || (first && second)) return undefined;
      return first ? 'entailment' : second ? 'neutral' : 'contradiction';
    },
  };
}

interface Either extends Pick<Claim, 'kind' | 'words' | 'meaning' | 'mentions'> {
  truths(scene: Scene): [Truth, Truth];
}

function eitherPresence(objects: readonly SceneObject[], rng: Rng): Either | undefined {
  const [first, second] = [drawPresence(objects, rng), drawPresence(objects, rng)];
  if (areNested(first.mentions[0]!, second.mentions[0]!)) return undefined;
  return {
    kind: 'presence',
    words: `${first.words}, or ${second.adding(rng.pick(UNSEEN))}`,
    meaning: `${first.meaning}, ${second.meaning}`,
    mentions: [...first.mentions, ...second.mentions],
    truths: (scene) => [first.truth(scene), second.truth(scene)],
  };
}

/** "The ball is red, or it is blue and is hollow." */
function eitherLook(objects: readonly SceneObject[], rng: Rng): Either | undefined {
  const name = rng.pick(['color', 'shape'] as const);
  const object = rng.pick(objects);
  const subject = singleOut(
    object,
    objects,
    rng,
    ATTRIBUTE_NAMES.filter((one) => one === name),
  );
  const values = rng.shuffle([object[name], drawValue(name, rng)[name]!]);
  if (!subject || values[0] === values[1]) return undefined;
  const [first, second] = values.map((value) => predicate(name, value, rng));
  return {
    kind: name,
    words: `the ${bareNoun(subject, rng)} is ${first}, or it is ${second} and ${rng.pick(UNSEEN)}`,
    meaning: `${spell(subject)} ${values}`,
    mentions: [subject, ...values.map((value) => ({ [name]: value }))],
    truths(scene) {
      const found = theOnly(scene.objects, subject);
      return [found && found[name] === values[0], found && found[name] === values[1]];
    },
  };
}

/** "The ball is left of the cube, or it is behind it and is hollow." */
function eitherPlace(objects: readonly SceneObject[], rng: Rng): Either | undefined {
  const [a, b] = rng.shuffle(objects) as [SceneObject, SceneObject];
  const [subject, object] = [a, b].map((one) => singleOut(one, objects, rng));
  if (!subject || !object) return undefined;
  const relations = rng.shuffle([rng.pick<Relation>(['left', 'right']), rng.pick<Relation>(['front', 'behind'])]);
  const [first, second] = [relationPhrase(relations[0]!, rng), trailingPhrase(relations[1]!, rng)];
  return {
    kind: 'place',
    words: `the ${bareNoun(subject, rng)} is ${first} the ${bareNoun(object, rng)}, or it is ${second} and ${rng.pick(UNSEEN)}`,
    meaning: `${spell(subject)} ${relations} ${spell(object)}`,
    mentions: [subject, object],
    truths(scene) {
      const [one, other] = [subject, object].map((pattern) => theOnly(scene.objects, pattern));
      const truth = (relation: Relation) => (one && other && one !== other ? relate(one, relation, other) : undefined);
      return [truth(relations[0]!), truth(relations[1]!)];
    },
  };
}
