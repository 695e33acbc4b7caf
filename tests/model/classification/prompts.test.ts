import { describe, expect, test } from 'vitest';
import { checkTemplates, DEFAULT_TEMPLATES, meanDirection, promptsOf } from '../../../model/classification/prompts.js';

describe('prompts', () => {
  test.each<[string, string, string[], string[]]>([
    ['both spellings', 'red cube', ['a {}', 'my {label}!'], ['a red cube', 'my red cube!']],
    ['every place', 'cat', ['{} or {}'], ['cat or cat']],
    ['signs that mean something elsewhere', '$& {}', ['a {}'], ['a $& {}']],
  ])('fill %s', (_, label, templates, prompts) => {
    expect(promptsOf(label, templates)).toEqual(prompts);
  });

  test('are sound by default', () => {
    expect(checkTemplates(DEFAULT_TEMPLATES)).toEqual(DEFAULT_TEMPLATES);
  });

  test.each<[string, string[], string]>([
    ['no template', [], 'templates: expected at least one, got none'],
    [
      'a template without a place',
      ['a {}', 'a photo'],
      'template: expected a text with {} or {label} where the label goes, got "a photo"',
    ],
  ])('are refused for %s', (_, templates, message) => {
    expect(() => checkTemplates(templates)).toThrow(message);
  });
});

describe('the direction of several embeddings', () => {
  test('is their mean, of length 1', () => {
    const direction = meanDirection(Float32Array.of(1, 0, 0, 0, 1, 0), 3);
    expect([...direction].map((x) => x.toFixed(5))).toEqual(['0.70711', '0.70711', '0.00000']);
  });

  test('of one is itself, and of opposites nothing', () => {
    expect([...meanDirection(Float32Array.of(0.6, 0.8), 2)].map((x) => x.toFixed(6))).toEqual(['0.600000', '0.800000']);
    expect([...meanDirection(Float32Array.of(1, 0, -1, 0), 2)]).toEqual([0, 0]);
  });
});
