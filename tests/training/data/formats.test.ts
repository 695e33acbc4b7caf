import { describe, expect, test } from 'vitest';
import { FORMAT_NAMES, type FormatName, formatsOf, type GivenFiles, wrongKey } from '../../../training/data/formats.js';
import type { RecordKind } from '../../../training/data/records.js';

const [annotations, questions, images] = ['a', 'q', 'i'];

test('every known format is there', () => {
  const names = 'karpathy coco vqa2 visual-genome nlvr2 nlvr1 snli-ve albef tsv webdataset imagefolder'.split(' ');
  expect(FORMAT_NAMES).toEqual(expect.arrayContaining(names));
});

test.each<[RecordKind, FormatName[]]>([
  ['questions', ['vqa2', 'visual-genome', 'albef']],
  ['statements', ['nlvr2', 'nlvr1', 'albef']],
  ['hypotheses', ['nlvr1', 'snli-ve', 'albef']],
  ['classes', ['imagefolder']],
])('%s come from %j', (kind, want) => {
  expect(formatsOf(kind).map(({ name }) => name)).toEqual(want);
});

describe('what a format needs', () => {
  test.each<[RecordKind, FormatName, GivenFiles]>([
    ['pairs', 'karpathy', { annotations, images }],
    ['questions', 'vqa2', { annotations, questions, images }],
    ['questions', 'vqa2', { questions, images }],
    ['questions', 'vqa2', { annotations, images }],
    ['pairs', 'vqa2', { annotations, questions, images }],
    ['pairs', 'webdataset', { images }],
    ['classes', 'imagefolder', { images }],
    ['classes', 'imagefolder', { images, annotations }],
  ])('%s from %s: %j', (kind, name, given) => {
    expect(wrongKey(kind, name, given)).toBe(undefined);
  });

  test.each<[RecordKind, FormatName, GivenFiles, string, string]>([
    [
      'questions',
      'karpathy',
      { annotations, images },
      'format',
      'one of vqa2, visual-genome, albef (which give questions)',
    ],
    ['pairs', 'coco', { images }, 'annotations', 'a path (the format coco needs it)'],
    ['pairs', 'vqa2', { questions, images }, 'annotations', 'a path (the format vqa2 needs it)'],
    ['questions', 'vqa2', { questions }, 'images', 'a path (the format vqa2 needs it)'],
    ['questions', 'vqa2', { images }, 'questions', 'a path (the format vqa2 needs one of questions, annotations)'],
    [
      'pairs',
      'imagefolder',
      { images, annotations },
      'annotations',
      'nothing (the format imagefolder has no use for it)',
    ],
    [
      'statements',
      'nlvr2',
      { annotations, images, questions },
      'questions',
      'nothing (the format nlvr2 has no use for it)',
    ],
  ])('%s from %s, not %j', (kind, name, given, key, expected) => {
    expect(wrongKey(kind, name, given)).toEqual({ key, expected });
  });
});
