import { access, copyFile, mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ExpectationError } from '../../model/errors.js';
import { sha256File } from '../../model/files/sha256-file.js';
import { writeAtomically } from '../../model/files/write-atomically.js';
import { type ModelConfig, resolveModelConfig } from '../../model/maskvlm/config.js';
import { loadTokenizer, type Tokenizer } from '../../model/tokenizer/tokenizer.js';
import type { DataSource } from '../data/read-data.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import type { DataEntry, Recipe } from '../recipe/recipe.js';
import { trainTokenizerOn } from '../tokenizer/train-tokenizer.js';

/** What a run folder says about itself: its recipe, its tokenizer and the size of its model. */
export interface RunFolder {
  path: string;
  recipe: Recipe;
  tokenizerFile: string;
  tokenizer: Tokenizer;
  config: ModelConfig;
}

/** One data set of a run, as a bundle's provenance names it: no path, but a hash of its annotations. */
export interface DataSummary {
  name: string;
  split: string;
  /** Of the annotations, where there are any. */
  sha256?: string;
  pictures: number;
  texts: number;
  skipped: number;
}

const recipeFile = (run: string) => join(run, 'recipe.yaml');
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

/** Reads a run folder that a training command made. Throws when it is none. */
export async function openRun(path: string): Promise<RunFolder> {
  if (!(await exists(recipeFile(path)))) throw new ExpectationError('run folder', 'a folder with recipe.yaml', path);
  const { recipe } = await loadRecipe(recipeFile(path));
  const tokenizer = loadTokenizer(tokenizerFile(path));
  return {
    path,
    recipe,
    tokenizer,
    tokenizerFile: tokenizerFile(path),
    config: modelConfigOf(recipe, tokenizer.vocabularySize),
  };
}

/** Begins a run folder: recipe, tokenizer (copied, or trained on the training texts) and a summary of its data. */
export async function createRun(
  path: string,
  recipe: Recipe,
  yaml: string,
  sources: { train: DataSource[]; val: DataSource[] },
): Promise<RunFolder> {
  if (await exists(join(path, 'checkpoints')))
    throw new ExpectationError('--out', 'a new folder, or --resume to go on', `${path}, which holds a run`);
  await mkdir(path, { recursive: true });
  if (recipe.tokenizer.file !== undefined) await copyFile(recipe.tokenizer.file, tokenizerFile(path));
  else {
    const { vocabSize, lowercase } = recipe.tokenizer;
    const texts = sources.train.flatMap(({ records }) => records.flatMap((record) => record.texts));
    await trainTokenizerOn(texts, { vocabSize, lowercase, out: tokenizerFile(path) });
  }
  const summaries = {
    train: await Promise.all(recipe.data.train.map((entry, i) => summary(entry, sources.train[i]!))),
    val: await Promise.all(recipe.data.val.map((entry, i) => summary(entry, sources.val[i]!))),
  };
  await writeAtomically(dataFile(path), `${JSON.stringify(summaries, null, 2)}\n`);
  await writeAtomically(recipeFile(path), yaml);
  return openRun(path);
}

/** Checks that a run can go on under this recipe: its effective recipe must be the one it began with. */
export async function reopenRun(path: string, yaml: string): Promise<RunFolder> {
  const run = await openRun(path);
  const before = await readFile(recipeFile(path), 'utf8');
  if (before !== yaml) {
    const [old, now] = [before.split('\n'), yaml.split('\n')];
    const at = old.findIndex((line, i) => line !== now[i]);
    throw new ExpectationError(
      '--resume',
      `the recipe that the run began with (${recipeFile(path)}: "${old[at]?.trim()}")`,
      `"${now[at]?.trim()}"`,
    );
  }
  return run;
}

/** The data sets of a run, for a bundle's provenance. */
export const readDataSummaries = async (run: string): Promise<{ train: DataSummary[]; val: DataSummary[] }> =>
  JSON.parse(await readFile(dataFile(run), 'utf8'));

async function summary(entry: DataEntry, { records, skipped }: DataSource): Promise<DataSummary> {
  return {
    name: basename(entry.annotations ?? entry.images),
    split: entry.split,
    ...(entry.annotations ? { sha256: await sha256File(entry.annotations) } : {}),
    pictures: records.length,
    texts: records.reduce((sum, { texts }) => sum + texts.length, 0),
    skipped: skipped.length,
  };
}
