import { describe, expect, test } from 'vitest';
import { createRng } from '../../../../../model/random.js';
import { Balance, type Draw, type Prompt } from '../../../../../training/data/scenes/tasks/balance.js';
import { objectOf, sceneOf } from '../test-scenes.js';

const red = sceneOf(objectOf('small red metal cube'), objectOf('small blue metal cone', 1, 1));
const blue = sceneOf(objectOf('small blue metal cube'), objectOf('large green metal cone', 1, 1));

/** "Is there a red cube?" or the like, for a number of colors. */
const isThere = (color: string, groups: readonly string[] = []): Prompt => ({
  text: `Is there a ${color} cube?`,
  groups: [color, ...groups],
  answers: ['yes', 'no'],
  mentions: [{ shape: 'cube' }],
  answerFor: ({ objects }) => (objects.some((one) => one.color === color && one.shape === 'cube') ? 'yes' : 'no'),
});

const choose = (balance: Balance, scenes: (typeof red)[]) =>
  scenes.map((scene, i) => balance.choose(scene, new Set(), createRng(i))?.answer);

describe('Balance', () => {
  test('asks a question again only where the other answer is due', () => {
    const balance = new Balance(() => isThere('red'));
    expect(choose(balance, [red, red, red, blue, blue, red, blue])).toEqual([
      'yes',
      undefined,
      undefined,
      'no',
      // Even again: any answer may begin.
      'no',
      'yes',
      'no',
    ]);
  });

  test('keeps the answers of a group even over its sentences', () => {
    const colors = ['red', 'blue', 'green'];
    let drawn = 0;
    const draw: Draw = () => isThere(colors[drawn++ % colors.length]!, ['all']);
    const balance = new Balance(draw);
    const answers = choose(
      balance,
      Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? red : blue)),
    );
    const count = (answer: string) => answers.filter((one) => one === answer).length;
    expect(Math.abs(count('yes') - count('no'))).toBeLessThanOrEqual(2);
    expect(count('yes')).toBeGreaterThan(8);
  });

  test('leaves out what has been said of a picture and what has no answer', () => {
    const taken = new Set(['red']);
    expect(new Balance(() => isThere('red')).choose(red, taken, createRng(1))).toBeUndefined();
    const silent: Prompt = { ...isThere('red'), answerFor: () => undefined };
    expect(new Balance(() => silent).choose(red, new Set(), createRng(1))).toBeUndefined();
    expect(new Balance(() => undefined).choose(red, new Set(), createRng(1))).toBeUndefined();
    const chosen = new Set<string>();
    new Balance(() => isThere('red')).choose(red, chosen, createRng(1));
    expect([...chosen]).toEqual(['red']);
  });
});
