import type { Rng } from '../../../model/random.js';
import type { AttributeName, Scene, SceneObject } from './scene.js';
import { covers, holds, isRelated, type Meaning, type Pattern, RELATIONS, type Relation } from './semantics.js';
import { enumerate, nounPhrase, numberWord, patternOf, relationPhrase, trailingPhrase } from './wording.js';

/** A sentence and what it says. */
export interface Caption {
  text: string;
  meaning: Meaning;
}

/** How likely sizes and materials are named, in [0, 1]: captions that single out one picture among many need more of them. */
type Detail = number;

type Writer = (scene: Scene, detail: Detail, rng: Rng) => Caption | undefined;

/** The longest caption in words. */
const MOST_WORDS = 24;

/** Draws after which no further caption is looked for. */
const MOST_DRAWS = 120;

/** How often each kind of sentence is drawn. */
const WRITERS: readonly { writer: Writer; weight: number }[] = [
  { writer: writePair, weight: 5 },
  { writer: writeTriple, weight: 5 },
  { writer: writeList, weight: 3 },
  { writer: writeCount, weight: 3 },
];

/**
 * Writes up to `count` different captions that are clearly true of a scene and pass `accepts`; fewer where the scene has no more to say.
 * The longer the search, the more detail the captions name.
 */
export function writeCaptions(
  scene: Scene,
  count: number,
  rng: Rng,
  accepts: (meaning: Meaning) => boolean = () => true,
): Caption[] {
  const captions: Caption[] = [];
  for (let draw = 0; draw < MOST_DRAWS && captions.length < count; draw++) {
    const detail = draw / MOST_DRAWS;
    const caption = drawWriter(rng)(scene, detail, rng);
    if (!caption || caption.text.split(' ').length > MOST_WORDS || !tellsApart(caption.meaning)) continue;
    if (captions.some(({ text }) => text === caption.text)) continue;
    if (holds(caption.meaning, scene, 'clearly') && accepts(caption.meaning)) captions.push(caption);
  }
  return captions;
}

/** Whether no thing's description says less than another's: not "a cone in front of a red cone", which leaves open what the cone is. */
function tellsApart({ things }: Meaning): boolean {
  return things.every((thing, i) =>
    things.every((other, j) => i === j || sameWords(thing, other) || !covers(thing, other)),
  );
}

function sameWords(a: Pattern, b: Pattern): boolean {
  return covers(a, b) && covers(b, a);
}

function drawWriter(rng: Rng): Writer {
  let ticket = rng.int(WRITERS.reduce((sum, { weight }) => sum + weight, 0));
  for (const { writer, weight } of WRITERS) {
    if (ticket < weight) return writer;
    ticket -= weight;
  }
  throw new RangeError('a ticket beyond the sum of the weights');
}

/** Colour and shape nearly always, size and material as often as `share` says. */
function describe(object: SceneObject, share: number, rng: Rng): Pattern {
  const names: AttributeName[] = [];
  if (rng.next() < share) names.push('size');
  if (rng.next() < 0.94) names.push('color');
  if (rng.next() < share) names.push('material');
  if (rng.next() < 0.94 || names.length === 0) names.push('shape');
  return patternOf(object, names);
}

/** A relation that clearly holds from one object to another; undefined if there is none. */
function clearRelation(subject: SceneObject, object: SceneObject, rng: Rng): Relation | undefined {
  return rng.shuffle(RELATIONS).find((relation) => isRelated(subject, relation, object, 'clearly'));
}

/** Two objects and how they stand to each other. */
function writePair(scene: Scene, detail: Detail, rng: Rng): Caption | undefined {
  const [a, b] = rng.shuffle(scene.objects) as [SceneObject, SceneObject];
  const relation = clearRelation(a, b, rng);
  if (!relation) return undefined;
  const things = [a, b].map((object) => describe(object, 0.6 + 0.5 * detail, rng));
  const [first, second] = things.map((thing) => nounPhrase(thing, rng)) as [string, string];
  const where = relationPhrase(relation, rng);
  const text = rng.pick([
    () => `${first} ${where} ${second}`,
    () => `${first} ${where} ${second}`,
    () => `there is ${first} ${where} ${second}`,
    () => `${first} is ${where} ${second}`,
    () => `${where} ${second} there is ${first}`,
    () => `${second} with ${first} ${trailingPhrase(relation, rng)}`,
  ])();
  return { text, meaning: { things, relations: [{ relation, subject: 0, object: 1 }], counts: [] } };
}

/** One object and how it stands to two others. */
function writeTriple(scene: Scene, detail: Detail, rng: Rng): Caption | undefined {
  if (scene.objects.length < 3) return undefined;
  const [a, b, c] = rng.shuffle(scene.objects) as [SceneObject, SceneObject, SceneObject];
  const things = [a, b, c].map((object) => describe(object, 0.25 + 0.6 * detail, rng));
  const phrases = things.map((thing) => nounPhrase(thing, rng)) as [string, string, string];
  const sentence = rng.pick([sayBoth, sayChain, sayAround, sayTogether])([a, b, c], phrases, rng);
  return sentence && { text: sentence.text, meaning: { things, relations: sentence.relations, counts: [] } };
}

type Three<T> = [T, T, T];
type Sentence = { text: string; relations: Meaning['relations'] } | undefined;

/** "A left of B and in front of C". */
function sayBoth([a, b, c]: Three<SceneObject>, phrases: Three<string>, rng: Rng): Sentence {
  const [toB, toC] = [clearRelation(a, b, rng), clearRelation(a, c, rng)];
  if (!toB || !toC) return undefined;
  const text = `${phrases[0]} ${relationPhrase(toB, rng)} ${phrases[1]} and ${relationPhrase(toC, rng)} ${phrases[2]}`;
  const relations = [
    { relation: toB, subject: 0, object: 1 },
    { relation: toC, subject: 0, object: 2 },
  ];
  return { text, relations };
}

/** "A left of B, which is behind C". */
function sayChain([a, b, c]: Three<SceneObject>, phrases: Three<string>, rng: Rng): Sentence {
  const [ab, bc] = [clearRelation(a, b, rng), clearRelation(b, c, rng)];
  if (!ab || !bc) return undefined;
  const text = `${phrases[0]} ${relationPhrase(ab, rng)} ${phrases[1]} which is ${relationPhrase(bc, rng)} ${phrases[2]}`;
  const relations = [
    { relation: ab, subject: 0, object: 1 },
    { relation: bc, subject: 1, object: 2 },
  ];
  return { text, relations };
}

/** "A with B to its left and C behind it". */
function sayAround([a, b, c]: Three<SceneObject>, phrases: Three<string>, rng: Rng): Sentence {
  const [ba, ca] = [clearRelation(b, a, rng), clearRelation(c, a, rng)];
  if (!ba || !ca) return undefined;
  const text = `${phrases[0]} with ${phrases[1]} ${trailingPhrase(ba, rng)} and ${phrases[2]} ${trailingPhrase(ca, rng)}`;
  const relations = [
    { relation: ba, subject: 1, object: 0 },
    { relation: ca, subject: 2, object: 0 },
  ];
  return { text, relations };
}

/** "A and B are both left of C". */
function sayTogether([a, b, c]: Three<SceneObject>, phrases: Three<string>, rng: Rng): Sentence {
  const relation = clearRelation(a, c, rng);
  if (!relation || !isRelated(b, relation, c, 'clearly')) return undefined;
  const text = `${phrases[0]} and ${phrases[1]} are both ${relationPhrase(relation, rng)} ${phrases[2]}`;
  const relations = [0, 1].map((subject) => ({ relation, subject, object: 2 }));
  return { text, relations };
}

/** All objects, without where they stand; those described alike are counted: "two red cubes and a blue ball". */
function writeList(scene: Scene, detail: Detail, rng: Rng): Caption | undefined {
  const objects = rng.shuffle(scene.objects);
  const total = objects.length;
  const share = [0, 0, 0.75, 0.35, 0.15][total]! + 0.5 * detail;
  const things = objects.map((object) => describe(object, share, rng));
  const kinds = things.filter((thing, i) => things.findIndex((other) => sameWords(thing, other)) === i);
  const counts = kinds.map((pattern) => ({
    pattern,
    count: things.filter((thing) => sameWords(thing, pattern)).length,
  }));
  const list = enumerate(counts.map(({ pattern, count }) => nounPhrase(pattern, rng, count)));
  const meaning: Meaning = { things, relations: [], counts: counts.filter(({ count }) => count > 1) };
  return rng.pick<() => Caption>([
    () => ({ text: list, meaning }),
    () => ({ text: `a picture of ${list}`, meaning }),
    () => ({ text: `${numberWord(total)} objects: ${list}`, meaning: { ...meaning, total } }),
  ])();
}

/** How many objects share some attributes, and the other objects: "two red cubes and a large blue ball". */
function writeCount(scene: Scene, detail: Detail, rng: Rng): Caption | undefined {
  const [a, b] = rng.shuffle(scene.objects) as [SceneObject, SceneObject];
  const shared = (['size', 'color', 'material', 'shape'] as const).filter((name) => a[name] === b[name]);
  const named = shared.filter((name) => name === 'shape' || name === 'color' || rng.next() < 0.5 + 0.5 * detail);
  if (named.length === 0) return undefined;
  const pattern = patternOf(a, named);
  const group = scene.objects.filter((object) => named.every((name) => object[name] === a[name]));
  const others = rng.shuffle(scene.objects.filter((object) => !group.includes(object)));
  if (others.length === 0) return undefined;
  const things = others.map((object) => describe(object, 0.4 + 0.6 * detail, rng));
  const groupPhrase = nounPhrase(pattern, rng, group.length);
  const meaning: Meaning = { things, relations: [], counts: [{ pattern, count: group.length }] };
  const phrases = things.map((thing) => nounPhrase(thing, rng));
  const relation = clearRelation(group[0]!, others[0]!, rng);
  if (others.length > 1 || !relation || !group.every((one) => isRelated(one, relation, others[0]!, 'clearly'))) {
    return { text: enumerate(rng.shuffle([groupPhrase, ...phrases])), meaning };
  }
  const text = `${groupPhrase} ${relationPhrase(relation, rng)} ${phrases[0]}`;
  const relations = group.map((_, i) => ({ relation, subject: i + 1, object: 0 }));
  return { text, meaning: { ...meaning, things: [...things, ...group.map(() => pattern)], relations } };
}
