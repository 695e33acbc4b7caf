import { access, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { ExpectationError } from '../../model/errors.js';
import { lockFolder } from '../../model/files/folder-lock.js';
import { writeAtomically } from '../../model/files/write-atomically.js';
import { type ModelConfig, resolveModelConfig } from '../../model/maskvlm/config.js';
import { loadTokenizer, type Tokenizer } from '../../model/tokenizer/tokenizer.js';
import { type Difference, firstDifference } from '../recipe/first-difference.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import type { DataEntry, Recipe } from '../recipe/recipe.js';
import type { RunData, RunSource } from '../tasks/task.js';
import { convertTokenizer } from '../tokenizer/convert-tokenizer.js';
import { copyTokenizer } from '../tokenizer/copy-tokenizer.js';
import { trainTokenizerOn } from '../tokenizer/train-tokenizer.js';
import { findCheckpoints } from './find-checkpoint.js';

/** What a run folder says about itself: its recipe, its tokenizer and the size of its model. */
export interface RunFolder {
  path: string;
  recipe: Recipe;
  tokenizerFile: string;
  tokenizer: Tokenizer;
  config: ModelConfig;
}

/** A run folder that no other process may train in until it is released. */
export interface OwnRun extends RunFolder {
  release(): Promise<void>;
}

/** One data set of a run, as a bundle's provenance names it: no path, but a hash (hash-data.ts). */
export interface DataSummary {
  name: string;
  split: string;
  sha256: string;
  pictures: number;
  texts: number;
  skipped: number;
}

export interface DataSummaries {
  train: DataSummary[];
  val: DataSummary[];
}

/** The effective recipe of a run. */
export const recipeFile = (run: string) => join(run, 'recipe.yaml');
const tokenizerFile = (run: string) => join(run, 'tokenizer.json');
const dataFile = (run: string) => join(run, 'data.json');
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** The size of the model that a recipe describes, given the size of its tokenizer's vocabulary. Throws when the two disagree. */
export function modelConfigOf({ model: sizes, text }: Recipe, vocabularySize: number): ModelConfig {
  const model = typeof sizes === 'string' ? { preset: sizes } : sizes;
  const config = resolveModelConfig({
    ...model,
    text: { vocabularySize, maxLength: text.maxLength, ...(model.text as object | undefined) },
  });
  const expected = `at least the tokenizer's ${vocabularySize}`;
  if (config.text.vocabularySize < vocabularySize)
    throw new ExpectationError('recipe model.text.vocabularySize', expected, String(config.text.vocabularySize));
  if (config.text.maxLength < text.maxLength) {
    throw new ExpectationError(
      'recipe model.text.maxLength',
      `at least text.maxLength (${text.maxLength})`,
      String(config.text.maxLength),
    );
  }
  return config;
}

/** Reads a run folder that a training command made; its data need not be there. Throws when it is no such folder. */
export async function openRun(path: string): Promise<RunFolder> {
  if (!(await exists(recipeFile(path)))) throw new ExpectationError('run folder', 'a folder with recipe.yaml', path);
  const { recipe } = await loadRecipe(recipeFile(path), { readsData: false });
  const tokenizer = loadTokenizer(tokenizerFile(path));
  return {
    path,
    recipe,
    tokenizer,
    tokenizerFile: tokenizerFile(path),
    config: modelConfigOf(recipe, tokenizer.vocabularySize),
  };
}

async function makeTokenizer({ tokenizer, text }: Recipe, out: string, train: readonly RunSource[]): Promise<void> {
  const { cleaning } = text;
  if (tokenizer.file !== undefined) return copyTokenizer(tokenizer.file, out, cleaning);
  if (tokenizer.vocab !== undefined) return convertTokenizer({ ...tokenizer, cleaning, out });
  const texts = train.flatMap((source) => source.corpus());
  await trainTokenizerOn(texts, { ...tokenizer, cleaning, out });
}

/**
 * Begins a run folder: recipe, tokenizer (from files, or trained on the training texts; any of them cleans texts as the recipe says) and a
 * summary of its data. Throws when it holds a run already, and when another process, which it names, is at work there.
 */
export function createRun(path: string, recipe: Recipe, yaml: string, sources: RunData): Promise<OwnRun> {
  return takeRun(path, async () => {
    if ((await findCheckpoints(path)).size > 0)
      throw new ExpectationError('--out', 'a new folder, or --resume to go on', `${path}, which holds a run`);
    await makeTokenizer(recipe, tokenizerFile(path), sources.train);
    await writeAtomically(dataFile(path), `${JSON.stringify(await summarize(recipe, sources), null, 2)}\n`);
    await writeAtomically(recipeFile(path), yaml);
  });
}

/**
 * Checks that a run can go on: its effective recipe and its data must be what it began with, or its steps would not be those of an
 * unbroken run. Throws, naming the key, where they are not, and when another process, which it names, is at work there.
 */
export async function reopenRun(path: string, recipe: Recipe, yaml: string, sources: RunData): Promise<OwnRun> {
  await openRun(path);
  return takeRun(path, async () => {
    const began = await loadRecipe(recipeFile(path), { readsData: false });
    refuseChange(recipeFile(path), firstDifference(parse(began.yaml), parse(yaml)));
    refuseChange(dataFile(path), firstDifference(await readDataSummaries(path), await summarize(recipe, sources)));
  });
}

/** Locks a folder, made if missing, and opens it as a run once `prepare` is done. */
async function takeRun(path: string, prepare: () => Promise<void>): Promise<OwnRun> {
  const { release } = await lockFolder(path, 'run folder');
  try {
    await prepare();
    return { ...(await openRun(path)), release };
  } catch (error) {
    await release();
    throw error;
  }
}

function refuseChange(file: string, changed: Difference | null): void {
  if (!changed) return;
  const { key, before, now } = changed;
  throw new ExpectationError('--resume', `what the run began with (${file}), ${key}: ${before}`, `${key}: ${now}`);
}

/** The data sets of a run, for a bundle's provenance. */
export async function readDataSummaries(run: string): Promise<DataSummaries> {
  try {
    return JSON.parse(await readFile(dataFile(run), 'utf8')) as DataSummaries;
  } catch (error) {
    throw new ExpectationError(dataFile(run), 'a readable JSON file', (error as Error).message);
  }
}

async function summarize({ data }: Recipe, { train, val }: RunData): Promise<DataSummaries> {
  return {
    train: await Promise.all(data.train.map((entry, i) => summary(entry, train[i]!))),
    val: await Promise.all(data.val.map((entry, i) => summary(entry, val[i]!))),
  };
}

async function summary(entry: DataEntry, { items, skipped, hash }: RunSource): Promise<DataSummary> {
  return {
    name: basename(entry.annotations ?? entry.images!),
    split: entry.split,
    sha256: await hash(),
    pictures: new Set(items.flatMap(({ pictures }) => pictures.map(({ key }) => key))).size,
    texts: items.reduce((sum, { texts }) => sum + texts.length, 0),
    skipped: skipped.length,
  };
}
