import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imageName } from '../../../../../training/data/image-source.js';
import { readNlvr2 } from '../../../../../training/data/nlvr2.js';
import { sampleSceneOf } from '../../../../../training/data/scenes/sample-scene.js';
import { pictureName } from '../../../../../training/data/scenes/scene.js';
import { TASK_FILES, type TaskCounts, writeTaskFiles } from '../../../../../training/data/scenes/tasks/task-files.js';
import { readSnliVe } from '../../../../../training/data/snli-ve.js';
import { readVqa2 } from '../../../../../training/data/vqa2.js';

const PICTURES = 19;
const FIRST_ID = 100;
const names = Array.from({ length: PICTURES }, (_, index) => pictureName('val', index));
const pictures = names.map((filename, index) => ({
  id: FIRST_ID + index,
  filename,
  scene: sampleSceneOf({ seed: 9, split: 'val', index, attempt: 0 }),
  caption: `caption of ${filename}`,
}));

let folder: string;
let counts: TaskCounts;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'task-files-'));
  counts = await writeTaskFiles(folder, 'val', pictures, 9);
});
afterAll(() => rm(folder, { recursive: true }));

const readText = (name: string) => readFile(path.join(folder, name), 'utf8');
const readLines = async (name: string) =>
  (await readText(name))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('writeTaskFiles', () => {
  test('writes the four files of a split and tells how much they hold', async () => {
    expect((await readdir(folder)).sort()).toEqual(TASK_FILES.filter((name) => name.includes('_val')).sort());
    expect(counts).toEqual({
      questions: JSON.parse(await readText('vqa_val_questions.json')).questions.length,
      statements: (await readLines('nlvr2_val.jsonl')).length,
      hypotheses: (await readLines('ve_val.jsonl')).length,
    });
    expect(counts.questions).toBe(8 * PICTURES);
    // Two full blocks of eight pictures, each with two sets of four pairs and four sentences.
    expect(counts.statements).toBe(64);
    expect(counts.hypotheses).toBeGreaterThan(4 * PICTURES);
  });

  test('questions and annotations are those of VQA v2: same ids, ten answers, known types', async () => {
    const { questions, ...head } = JSON.parse(await readText('vqa_val_questions.json'));
    const { annotations, ...sameHead } = JSON.parse(await readText('vqa_val_annotations.json'));
    expect(head).toEqual(sameHead);
    expect(head).toMatchObject({ task_type: 'Open-Ended', data_subtype: 'val' });
    const ids = questions.map((one: { question_id: number }) => one.question_id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(annotations.map((one: { question_id: number }) => one.question_id)).toEqual(ids);
    questions.forEach((question: Record<string, unknown>, i: number) => {
      const annotation = annotations[i];
      const place = (question.image_id as number) - FIRST_ID;
      expect(question).toEqual({
        image_id: FIRST_ID + Math.floor(i / 8),
        filename: names[place],
        question_id: 1000 * (FIRST_ID + place) + (i % 8),
        question: expect.stringMatching(/^[A-Z].*\?$/),
      });
      const answer = annotation.multiple_choice_answer;
      expect(annotation).toMatchObject({ image_id: question.image_id, filename: question.filename });
      expect(annotation.question_type).toMatch(/^(existence|counting|attribute|comparison|relation)$/);
      expect(annotation.answer_type).toBe(
        ['yes', 'no'].includes(answer) ? 'yes/no' : Number.isNaN(Number(answer)) ? 'other' : 'number',
      );
      expect(annotation.answers).toEqual(
        Array.from({ length: 10 }, (_, n) => ({ answer, answer_confidence: 'yes', answer_id: n + 1 })),
      );
    });
  });

  test('statements are lines of NLVR2 that name their pictures', async () => {
    const lines = await readLines('nlvr2_val.jsonl');
    for (const line of lines) {
      expect(Object.keys(line).sort()).toEqual(['identifier', 'label', 'left', 'right', 'sentence']);
      expect(line.identifier).toMatch(/^val-\d+-[0-3]-[0-3]$/);
      expect(line.label).toMatch(/^(True|False)$/);
      expect(names).toContain(line.left);
      expect(names).toContain(line.right);
    }
  });

  test('hypotheses are lines of SNLI-VE that name their picture in the official way and by its file', async () => {
    const lines = await readLines('ve_val.jsonl');
    for (const line of lines) {
      expect(line).toEqual({
        Flickr30K_ID: line.filename.replace('.jpg', ''),
        filename: expect.stringMatching(/^val_\d{6}\.jpg$/),
        captionID: `${line.filename}#0`,
        pairID: expect.stringMatching(/#0r[1-6]$/),
        gold_label: expect.stringMatching(/^(entailment|neutral|contradiction)$/),
        annotator_labels: [line.gold_label],
        sentence1: `caption of ${line.filename}`,
        sentence2: expect.stringMatching(/^[A-Z].*\.$/),
      });
    }
    expect(new Set(lines.map(({ pairID }) => pairID)).size).toBe(lines.length);
    expect([...new Set(lines.map(({ filename }) => filename))]).toEqual(names);
  });

  test('what is read of them is what was written, with the pictures that it is about', async () => {
    const inFolder = (name: string) => path.join(folder, name);
    const files = { images: '/pictures', split: 'val' };
    const questions = await readVqa2({
      ...files,
      annotations: inFolder('vqa_val_annotations.json'),
      questions: inFolder('vqa_val_questions.json'),
    });
    expect(questions.length).toBe(counts.questions);
    expect(questions[8]).toMatchObject({ image: { file: `/pictures/${names[1]}` }, questionId: 1000 * (FIRST_ID + 1) });
    expect(questions.every(({ answers }) => answers.length === 10)).toBe(true);
    const statements = await readNlvr2({ ...files, annotations: inFolder('nlvr2_val.jsonl') });
    expect(new Set(statements.map(({ set }) => set)).size).toBe(statements.length / 4);
    expect(statements.every(({ left, right }) => imageName(left) !== imageName(right))).toBe(true);
    const hypotheses = await readSnliVe({ ...files, annotations: inFolder('ve_val.jsonl') }, () => {
      throw new Error('an example is left out');
    });
    expect(new Set(hypotheses.map(({ id }) => id)).size).toBe(counts.hypotheses);
    expect(hypotheses[0]!.image).toEqual({ file: `/pictures/${names[0]}` });
  });

  test('a split without pictures has files without entries', async () => {
    expect(await writeTaskFiles(folder, 'test', [], 9)).toEqual({ questions: 0, statements: 0, hypotheses: 0 });
    expect(JSON.parse(await readText('vqa_test_questions.json')).questions).toEqual([]);
    expect(JSON.parse(await readText('vqa_test_annotations.json')).annotations).toEqual([]);
    expect(await readText('nlvr2_test.jsonl')).toBe('');
    expect(await readText('ve_test.jsonl')).toBe('');
  });
});
