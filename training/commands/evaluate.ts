// maskvlm evaluate --task retrieval --bundle model/bundles/scenes --format karpathy --annotations captions.json --images images
import { writeFile } from 'node:fs/promises';
import { type Bundle, readBundle } from '../../model/bundle/read-bundle.js';
import type { FormatName } from '../data/formats.js';
import type { RetrievalScore } from '../evaluation/retrieval.js';
import { classifyPictures } from './evaluate-classify.js';
import { measureRetrieval } from './evaluate-retrieval.js';

/** The flags of all tasks; each task reads those that concern it. */
export interface EvaluateCommandOptions {
  task: keyof typeof TASKS;
  bundle: string;
  format: FormatName | 'imagefolder';
  annotations?: string;
  images: string;
  split: string;
  limit?: number;
  kTest: number;
  score: RetrievalScore;
  /** File of prompts, for classify. */
  templates?: string;
  threads?: number;
  out?: string;
}

/** How a task measures a bundle: what it returns is the JSON object that is printed. */
export type MeasureTask = (bundle: Bundle, options: EvaluateCommandOptions) => Promise<object>;

const TASKS = { retrieval: measureRetrieval, classify: classifyPictures } satisfies Record<string, MeasureTask>;

/** Measures a bundle and prints the result as one JSON object on standard output. Throws when data or bundle are unusable. */
export async function evaluate(options: EvaluateCommandOptions): Promise<void> {
  const result = await TASKS[options.task](await readBundle(options.bundle), options);
  const json = `${JSON.stringify(result)}\n`;
  if (options.out) await writeFile(options.out, json);
  process.stdout.write(json);
}
