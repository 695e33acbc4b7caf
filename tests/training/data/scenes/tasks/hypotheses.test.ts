import { describe, expect, test } from 'vitest';
import { sampleSceneOf } from '../../../../../training/data/scenes/sample-scene.js';
import { judge } from '../../../../../training/data/scenes/tasks/behind-hypotheses.js';
import type { Hideable } from '../../../../../training/data/scenes/tasks/hideouts.js';
import { writeHypotheses } from '../../../../../training/data/scenes/tasks/hypotheses.js';
import { fits, GEOMETRY, read, THING } from '../reading.js';

const scenes = Array.from({ length: 500 }, (_, index) => sampleSceneOf({ seed: 5, split: 'train', index, attempt: 0 }));
const written = [...writeHypotheses(scenes, 5, 'train')];
const all = written.flatMap((list, i) => list.map((hypothesis) => ({ ...hypothesis, scene: scenes[i]! })));

const labelsOf = (pattern: RegExp) => all.filter(({ text }) => pattern.test(text));
const share = (list: typeof all, label: string) => list.filter(({ answer }) => answer === label).length / list.length;

describe('writeHypotheses', () => {
  test('writes up to six different hypotheses a picture, short plain sentences', () => {
    for (const list of written) {
      expect(list.length).toBeLessThanOrEqual(6);
      expect(new Set(list.map(({ text }) => text)).size).toBe(list.length);
    }
    expect(all.length / scenes.length).toBeGreaterThan(5.5);
    for (const { text, answer } of all) {
      expect(text).toMatch(/^[A-Z][a-z]*(,? [a-z]+)+\.$/);
      expect(text.split(' ').length).toBeLessThanOrEqual(20);
      expect(['entailment', 'neutral', 'contradiction']).toContain(answer);
    }
  });

  test.each([
    ['behind: something', /^(Behind|There is an?|An?|Something) .*behind|^Behind/],
    ['behind: nothing', /^(Nothing|There is no|There are no|No) .*behind/],
    ['behind: exactly one', /^(Exactly|Only) one /],
    ['either', /, or it is /],
  ])('%s may have any label', (_, pattern) => {
    const found = labelsOf(pattern).filter(({ text }) => !/, or (something|there)|^Something in/.test(text));
    expect(found.length).toBeGreaterThan(40);
    for (const label of ['entailment', 'neutral', 'contradiction'])
      expect(share(found, label), label).toBeGreaterThan(0.2);
  });

  test('what is said to be seen behind an object is seen there, and is not where it is denied', () => {
    const forms = [
      `There is (no|an?) ${THING} behind the ${THING}`,
      `(An?|No) ${THING} (?:is|stands) behind the ${THING}`,
    ];
    const pattern = new RegExp(`^(?:${forms.join('|')})\\.$`);
    let judged = 0;
    for (const { text, answer, scene } of all) {
      const words = pattern.exec(text)?.filter((word) => word !== undefined);
      if (!words) continue;
      const [, article, thing, place] = words as [string, string, string, string];
      const anchors = scene.objects.filter((object) => fits(object, read(place)));
      expect(anchors.length, text).toBe(1);
      const isSeen = scene.objects.some(
        (one) => one !== anchors[0] && fits(one, read(thing)) && GEOMETRY.behind!(one, anchors[0]!),
      );
      judged++;
      const isDenied = article.toLowerCase() === 'no';
      expect(answer === (isDenied ? 'contradiction' : 'entailment'), text).toBe(isSeen);
      // What is small covers nothing.
      if (answer === 'neutral') expect(anchors[0]!.size, text).toBe('large');
    }
    expect(judged).toBeGreaterThan(100);
  });

  test('what no picture tells makes a sentence neutral where it decides', () => {
    const and = labelsOf(/^The .* and (is|was|has|belongs) [a-z ]+\.$/).filter(({ text }) => !text.includes(', or '));
    expect(share(and, 'entailment')).toBe(0);
    expect(share(and, 'neutral')).toBeGreaterThan(0.35);
    const or = labelsOf(/^Something in the picture .*, or /);
    expect(share(or, 'contradiction')).toBe(0);
    expect(share(or, 'neutral')).toBeGreaterThan(0.35);
  });

  test('the first pictures get the same, however many follow', () => {
    expect([...writeHypotheses(scenes.slice(0, 40), 5, 'train')]).toEqual(written.slice(0, 40));
    expect([...writeHypotheses(scenes.slice(0, 40), 6, 'train')]).not.toEqual(written.slice(0, 40));
  });
});

describe('judge', () => {
  const atLeast = (least: number) => (count: number) => count >= least;
  const exactly = (wanted: number) => (count: number) => count === wanted;
  test.each<[string, number, Hideable, (count: number) => boolean, string | undefined]>([
    ['one seen, some claimed', 1, 'no', atLeast(1), 'entailment'],
    ['one seen, some claimed, others may hide', 1, 'yes', atLeast(1), 'entailment'],
    ['none seen, some claimed, one may hide', 0, 'yes', atLeast(1), 'neutral'],
    ['none seen, some claimed, none can hide', 0, 'no', atLeast(1), 'contradiction'],
    ['none seen, some claimed, one might be made out', 0, 'unsure', atLeast(1), undefined],
    ['none seen, two claimed, though two may not hide', 0, 'yes', atLeast(2), undefined],
    ['one seen, none claimed', 1, 'unsure', exactly(0), 'contradiction'],
    ['none seen, none claimed, one may hide', 0, 'yes', exactly(0), 'neutral'],
    ['two seen, exactly one claimed', 2, 'yes', exactly(1), 'contradiction'],
    ['one seen, exactly one claimed, another may hide', 1, 'yes', exactly(1), 'neutral'],
  ])('%s', (_, seen, hideable, isTrue, label) => {
    expect(judge(seen, hideable, isTrue)).toBe(label);
  });
});
