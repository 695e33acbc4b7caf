import { describe, expect, test } from 'vitest';
import { sampleSceneOf } from '../../../../../training/data/scenes/sample-scene.js';
import type { Attributes } from '../../../../../training/data/scenes/scene.js';
import { type LabelledPair, writeStatements } from '../../../../../training/data/scenes/tasks/pairs.js';
import { fits, read, THING } from '../reading.js';

const scenes = Array.from({ length: 323 }, (_, index) => sampleSceneOf({ seed: 5, split: 'val', index, attempt: 0 }));
const sets = [...writeStatements(scenes, 5, 'val')];

const countIn = (place: number, things: string) =>
  scenes[place]!.objects.filter((object) => fits(object, read(things))).length;

const shareLook = ({ left, right }: LabelledPair, thing: string, name: keyof Attributes, other: string) =>
  scenes[left]!.objects.some(
    (a) => fits(a, read(thing)) && scenes[right]!.objects.some((b) => fits(b, read(other)) && a[name] === b[name]),
  );

const sentence = (words: string) => new RegExp(`^${words.replaceAll('THING', THING)}\\.$`);

/** Statements whose truth is worked out here once more, by their words. */
const JUDGES: [RegExp, (pair: LabelledPair, ...words: string[]) => boolean][] = [
  [
    sentence('(?:Both images show|Both pictures show|Each image contains) an? THING'),
    ({ left, right }, thing) => countIn(left, thing) > 0 && countIn(right, thing) > 0,
  ],
  [
    sentence('Neither (?:image shows|picture contains) an? THING'),
    ({ left, right }, thing) => countIn(left, thing) + countIn(right, thing) === 0,
  ],
  [
    sentence('(?:Exactly|Only) one of the (?:images|pictures) shows an? THING'),
    ({ left, right }, thing) => countIn(left, thing) > 0 !== countIn(right, thing) > 0,
  ],
  [sentence('The left (?:image shows|picture contains) an? THING'), ({ left }, thing) => countIn(left, thing) > 0],
  [
    sentence('The left (?:image shows|picture contains) more THING than the right (?:one|picture)'),
    ({ left, right }, things) => countIn(left, things) > countIn(right, things),
  ],
  [
    sentence('There are fewer THING in the right image than in the left one'),
    ({ left, right }, things) => countIn(right, things) < countIn(left, things),
  ],
  [
    sentence('(?:Both images show the same number of|The number of) THING(?: is the same in both pictures)?'),
    ({ left, right }, things) => countIn(left, things) === countIn(right, things),
  ],
  [
    sentence('There are exactly (\\w+) THING (?:in total|in the two images together)'),
    ({ left, right }, number, things) => countIn(left, things) + countIn(right, things) === NUMBERS.indexOf(number),
  ],
  [
    sentence('An? THING in the left image has the same (color|shape|size) as an? THING in the right image'),
    (pair, thing, name, other) => shareLook(pair, thing, name as 'color', other),
  ],
  [
    sentence('No THING in the left image has the same (color|shape|size) as any THING in the right image'),
    (pair, thing, name, other) => !shareLook(pair, thing, name as 'color', other),
  ],
];
const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];

describe('writeStatements', () => {
  test('each sentence is true of two pairs of its set and false of the other two', () => {
    expect(sets.length).toBe(80);
    sets.forEach((set, i) => {
      const sentences = new Map<string, LabelledPair[]>();
      for (const line of set) {
        const [split, number, pair, sentence] = line.identifier.split('-');
        expect([split, number, line.left === line.right]).toEqual(['val', String(i), false]);
        expect(line.left >> 3).toBe(i >> 1);
        expect(line.right >> 3).toBe(i >> 1);
        const same = sentences.get(sentence!) ?? [];
        expect(pair).toBe(String(same.length));
        sentences.set(sentence!, [...same, line]);
      }
      for (const same of sentences.values()) {
        expect(new Set(same.map(({ sentence }) => sentence)).size).toBe(1);
        expect(same.map(({ label }) => label).sort()).toEqual(['False', 'False', 'True', 'True']);
      }
      expect(sentences.size).toBe(4);
      expect(new Set(set.map(({ sentence }) => sentence)).size).toBe(4);
      expect(new Set(set.map(({ left, right }) => `${left} ${right}`)).size).toBe(4);
    });
    expect(new Set(sets.flat().map(({ identifier }) => identifier)).size).toBe(sets.flat().length);
  });

  test('the labels are true', () => {
    const judged = new Map<RegExp, number>();
    for (const pair of sets.flat()) {
      expect(pair.sentence).toMatch(/^[A-Z][a-z]*(,? [a-z]+)+\.$/);
      const found = JUDGES.find(([pattern]) => pattern.test(pair.sentence));
      if (!found) continue;
      const [pattern, judge] = found;
      const words = pattern.exec(pair.sentence)!.slice(1);
      if (words.some((word) => / (of|behind|in) /.test(word))) continue;
      const truth = judge(pair, ...words);
      expect(truth ? 'True' : 'False', pair.sentence).toBe(pair.label);
      judged.set(pattern, (judged.get(pattern) ?? 0) + 1);
    }
    for (const [pattern] of JUDGES) expect(judged.get(pattern), String(pattern)).toBeGreaterThan(0);
  });

  test('sentences are about both pictures in many ways', () => {
    const texts = sets.flat().map(({ sentence }) => sentence);
    for (const part of [
      'Both ',
      'Neither ',
      'one of the ',
      'At least one ',
      'left ',
      'right ',
      'in total',
      'more ',
      'fewer ',
      'same ',
      'different',
      'appears in both',
      'other one',
      'has the same color as',
      ' behind a',
      ' left of a',
    ]) {
      expect(texts.filter((text) => text.includes(part)).length, part).toBeGreaterThan(0);
    }
  });

  test('a larger split begins with what a smaller one has; leftover pictures are in no pair', () => {
    expect([...writeStatements(scenes.slice(0, 27), 5, 'val')]).toEqual(sets.slice(0, 6));
    expect(Math.max(...sets.flat().flatMap(({ left, right }) => [left, right]))).toBe(319);
  });

  test.each([
    [0, 0],
    [1, 0],
    [2, 2],
    [3, 4],
    [7, 4],
  ])('of %d pictures up to %d pairs share a sentence', (pictures, most) => {
    const few = [...writeStatements(scenes.slice(0, pictures), 5, 'val')].flat();
    expect(few.length > 0).toBe(most > 0);
    for (const { identifier, left, right } of few) {
      expect(Number(identifier.split('-')[2])).toBeLessThan(most);
      expect(left).not.toBe(right);
    }
    expect(few.filter(({ label }) => label === 'True').length).toBe(few.length / 2);
  });
});
