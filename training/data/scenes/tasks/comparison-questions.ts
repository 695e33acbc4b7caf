import type { Rng } from '../../../../model/random.js';
import { ATTRIBUTES, type AttributeName, type Attributes, type Scene, type SceneObject } from '../scene.js';
import type { Pattern } from '../semantics.js';
import { asSentence, bareNoun, patternOf, predicate, twoNouns } from '../wording.js';
import type { Prompt } from './balance.js';
import { ATTRIBUTE_NAMES, countOf, drawValue, singleOut, spell, theOnly } from './patterns.js';
import { yesOrNo } from './yes-or-no.js';

/** What two objects or kinds of objects have in common, or which has more: "Is the red cube larger than the cone?" */
export function drawComparison(scene: Scene, rng: Rng): Prompt | undefined {
  const ticket = rng.next();
  if (ticket < 0.45) return drawSame(scene, rng);
  if (ticket < 0.65) return drawLarger(scene, rng);
  return ticket < 0.88 ? drawMore(scene, rng) : drawEvery(scene, rng);
}

const ALIKE: { [A in AttributeName]: readonly string[] } = {
  size: ['the same size', 'equally large'],
  color: ['the same color'],
  material: ['made of the same material', 'of the same material'],
  shape: ['the same shape'],
};

/** Two objects of a scene, named without the attribute that is asked about. */
function drawTwo(objects: readonly SceneObject[], asked: AttributeName, rng: Rng): [Pattern, Pattern] | undefined {
  const [a, b] = rng.shuffle(objects) as [SceneObject, SceneObject];
  const [first, second] = [a, b].map((object) => singleOut(object, objects, rng, [asked]));
  return first && second && [first, second];
}

function drawSame({ objects }: Scene, rng: Rng): Prompt | undefined {
  const asked = rng.pick(ATTRIBUTE_NAMES);
  const two = drawTwo(objects, asked, rng);
  if (!two) return undefined;
  const [a, b] = two.map((pattern) => `the ${bareNoun(pattern, rng)}`);
  const text = rng.pick([
    `are ${a} and ${b} ${rng.pick(ALIKE[asked])}`,
    `is ${a} ${asked === 'material' ? ALIKE.material[0] : `the same ${asked}`} as ${b}`,
    `do ${a} and ${b} have the same ${asked}`,
  ]);
  // Objects that share one attribute share others more often than chance: what the words say to be shared is a group of its own.
  const shared = ATTRIBUTE_NAMES.filter((name) => two[0][name] !== undefined && two[0][name] === two[1][name]);
  const unordered = two.map(spell).sort().join(', ');
  return {
    text: asSentence(text, '?'),
    groups: [`same ${asked}: ${unordered}`, `same ${asked} ${shared}`, `same ${asked}`],
    mentions: two,
    ...yesOrNo((scene) => {
      const [first, second] = two.map((pattern) => theOnly(scene.objects, pattern));
      return first && second && first !== second ? first[asked] === second[asked] : undefined;
    }),
  };
}

/** Between equally sized objects the words would be disputable: their sizes differ by a few per cent, and the nearer one looks larger. */
function drawLarger({ objects }: Scene, rng: Rng): Prompt | undefined {
  const two = drawTwo(objects, 'size', rng);
  if (!two) return undefined;
  const [word, size] = rng.pick([
    ['larger', 'large'],
    ['bigger', 'large'],
    ['smaller', 'small'],
  ] as const);
  const [a, b] = two.map((pattern) => `the ${bareNoun(pattern, rng)}`);
  return {
    text: asSentence(`is ${a} ${word} than ${b}`, '?'),
    groups: [`larger: ${two.map(spell).sort().join(', ')}`, 'larger'],
    mentions: two,
    ...yesOrNo((scene) => {
      const [first, second] = two.map((pattern) => theOnly(scene.objects, pattern));
      return first && second && first.size !== second.size ? first.size === size : undefined;
    }),
  };
}

function drawMore({ objects }: Scene, rng: Rng): Prompt | undefined {
  const name = rng.pick(ATTRIBUTE_NAMES);
  const two = rng.shuffle([patternOf(rng.pick(objects), [name]), drawValue(name, rng)]) as [Pattern, Pattern];
  if (two[0][name] === two[1][name]) return undefined;
  const [kind, text] = rng.pick([
    ['more', `are there more ${twoNouns(two[0], 'than', two[1], rng)}`],
    ['fewer', `are there fewer ${twoNouns(two[0], 'than', two[1], rng)}`],
    ['as many', `are there as many ${twoNouns(two[0], 'as', two[1], rng)}`],
  ] as const);
  return {
    text: asSentence(text, '?'),
    groups: [`${kind}: ${two.map(spell).join(', ')}`, `${kind} ${name}`, kind],
    mentions: two,
    ...yesOrNo((scene) => {
      const [first, second] = two.map((pattern) => countOf(scene.objects, pattern)) as [number, number];
      if (first + second === 0) return undefined;
      return kind === 'more' ? first > second : kind === 'fewer' ? first < second : first === second;
    }),
  };
}

/** "Are all the cubes red?", "Do all objects have the same shape?" */
function drawEvery({ objects }: Scene, rng: Rng): Prompt | undefined {
  const asked = rng.pick(ATTRIBUTE_NAMES);
  const named = rng.next() < 0.5 ? rng.pick(ATTRIBUTE_NAMES.filter((name) => name !== asked)) : undefined;
  const pattern = named ? patternOf(rng.pick(objects), [named]) : {};
  const things = `all the ${bareNoun(pattern, rng, 2)}`;
  const value = rng.next() < 0.5 ? rng.pick<string>(ATTRIBUTES[asked]) : undefined;
  const text =
    value === undefined
      ? rng.pick([`are ${things} ${rng.pick(ALIKE[asked])}`, `do ${things} have the same ${asked}`])
      : `are ${things} ${asked === 'shape' ? bareNoun({ shape: value as Attributes['shape'] }, rng, 2) : predicate(asked, value, rng)}`;
  const said = value ?? `the same ${asked}`;
  return {
    text: asSentence(text, '?'),
    groups: [`all ${spell(pattern)}: ${said}`, `all: ${said}`, `all ${asked}`],
    mentions: [pattern],
    ...yesOrNo((scene) => {
      const found = scene.objects.filter((object) => !named || object[named] === pattern[named]);
      return found.length < 2 ? undefined : found.every((object) => object[asked] === (value ?? found[0]![asked]));
    }),
  };
}
