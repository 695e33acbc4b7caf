// maskvlm evaluate --task retrieval --bundle model/bundles/scenes --format karpathy --annotations captions.json --images images
import { writeFile } from 'node:fs/promises';
import { isMatcher } from '../../model/bundle/manifest.js';
import { type Bundle, readBundle } from '../../model/bundle/read-bundle.js';
import { ExpectationError, expect } from '../../model/errors.js';
import type { FormatName, GivenFiles } from '../data/formats.js';
import { readData } from '../data/read-data.js';
import type { ClassRecord, RecordKind, Records } from '../data/records.js';
import { bundleModel } from '../evaluation/bundle-model.js';
import {
  measureClassification,
  measureEntailment,
  measureNlvr2,
  measureRetrieval,
  measureVqa,
} from '../evaluation/measure.js';
import type { MeasureOptions } from '../evaluation/measured-model.js';
import type { RetrievalScore } from '../evaluation/retrieval.js';
import { writeEntailmentSubmission, writeNlvr2Submission, writeVqaSubmission } from '../evaluation/submission.js';
import { readDecoding } from './read-decoding.js';
import { readTemplates } from './read-templates.js';
import { showStages } from './show-stages.js';

/** What bundles are measured for. */
export type EvaluatedTask = 'retrieval' | 'vqa' | 'nlvr2' | 've' | 'classify';

/** The flags of all tasks; each task reads those that concern it. */
export interface EvaluateCommandOptions extends GivenFiles {
  task: EvaluatedTask;
  bundle: string;
  format: FormatName;
  split: string;
  limit?: number;
  kTest: number;
  score: RetrievalScore;
  /** greedy, beam:N or rank. */
  decode: string;
  /** The answers that `rank` chooses from: a JSON list, or a text with one a line. */
  answers?: string;
  /** File of prompts, for classify. */
  templates?: string;
  /** File for the predictions, in the official form of the task. */
  submission?: string;
  threads?: number;
  out?: string;
}

/** How a task measures a bundle: what it returns is the JSON object that is printed. */
type MeasureTask = (bundle: Bundle, options: EvaluateCommandOptions) => Promise<object>;

const TASKS: Record<EvaluatedTask, MeasureTask> = {
  async retrieval(bundle, { kTest, score, ...options }) {
    refuseSubmission(options);
    refuseUntrained(bundle, score);
    const records = await readRecords('pairs', options);
    return measureRetrieval(bundleModel(bundle), records, { kTest, score }, measureOptions(options));
  },
  async vqa(bundle, options) {
    const records = await readRecords('questions', options);
    const decoding = await readDecoding(options, bundle.manifest);
    const { predictions, result } = await measureVqa(bundleModel(bundle), records, decoding, measureOptions(options));
    if (options.submission) await writeVqaSubmission(options.submission, predictions);
    return { task: 'vqa', questions: records.length, ...result };
  },
  async nlvr2(bundle, options) {
    const records = await readRecords('statements', options);
    const { predictions, result } = await measureNlvr2(bundleModel(bundle), records, measureOptions(options));
    if (options.submission) await writeNlvr2Submission(options.submission, predictions);
    return { task: 'nlvr2', examples: records.length, ...result };
  },
  async ve(bundle, options) {
    const records = await readRecords('hypotheses', options);
    const { predictions, result } = await measureEntailment(bundleModel(bundle), records, measureOptions(options));
    if (options.submission) await writeEntailmentSubmission(options.submission, predictions);
    return { task: 've', examples: records.length, ...result };
  },
  async classify(bundle, { limit, ...options }) {
    refuseSubmission(options);
    const { score: method, templates, threads } = options;
    if (method === 'itm+itc') throw new ExpectationError('--score', 'itc or itm for the task classify', method);
    refuseUntrained(bundle, method);
    const all = await readRecords('classes', options);
    return measureClassification(
      bundleModel(bundle),
      inTurn(all).slice(0, limit),
      { method, labels: [...new Set(all.map(({ label }) => label))], templates: await readTemplates(templates) },
      measureOptions({ threads }),
    );
  },
};

/** Measures a bundle and prints the result as one JSON object on standard output. Throws when data or bundle are unusable. */
export async function evaluate(options: EvaluateCommandOptions): Promise<void> {
  const result = await TASKS[options.task](await readBundle(options.bundle), options);
  const json = `${JSON.stringify(result)}\n`;
  if (options.out) await writeFile(options.out, json);
  process.stdout.write(json);
}

/** A cross-encoder that no ITM trained orders at random. */
function refuseUntrained({ manifest }: Bundle, score: RetrievalScore): void {
  const isTrained = score === 'itc' || isMatcher(manifest);
  expect(isTrained, '--score', `itc (bundle ${manifest.name} was trained without ITM)`, score);
}

const measureOptions = ({ threads }: { threads?: number }): MeasureOptions => ({ threads, ...showStages() });

/** The records that the data flags name, all of them usable. The bundle's tokenizer cleans texts as training did. */
async function readRecords<K extends RecordKind>(
  kind: K,
  { format, annotations, questions, images, split, limit }: Omit<EvaluateCommandOptions, 'kTest' | 'score'>,
): Promise<Records[K][]> {
  const entry = { format, annotations, questions, images, split, limit };
  const settings = { cleaning: 'none', heldOut: true, check: 'decode', maxSkippedShare: 0 } as const;
  const sources = await readData(kind, [entry], settings);
  return sources.flatMap(({ records }) => records);
}

/** The first pictures of all classes, then the second ones, and so on: the beginning of the list is a fair share of every class. */
function inTurn(pictures: readonly ClassRecord[]): ClassRecord[] {
  const seen = new Map<string, number>();
  const numbered = pictures.map((picture) => {
    const number = seen.get(picture.label) ?? 0;
    seen.set(picture.label, number + 1);
    return { picture, number };
  });
  return numbered.sort((a, b) => a.number - b.number).map(({ picture }) => picture);
}

function refuseSubmission({ submission, task }: { submission?: string; task: string }): void {
  if (submission !== undefined)
    throw new ExpectationError('--submission', `a task with an official form (vqa, nlvr2, ve)`, task);
}
