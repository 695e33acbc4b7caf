import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExpectationError } from '../../model/errors.js';
import { writeAtomically } from '../../model/files/write-atomically.js';
import { PictureError } from '../../model/image/picture.js';
import { constantParameters } from '../../model/maskvlm/inference-graphs.js';
import { modelParameters } from '../../model/maskvlm/parameters.js';
import { readData } from '../data/read-data.js';
import type { PairRecord } from '../data/records.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import { readCheckpointParameters } from '../run/checkpoint.js';
import { findBestCheckpoint, findCheckpoints, readCheckpointState } from '../run/find-checkpoint.js';
import { readMetrics } from '../run/metrics-log.js';
import { parameterMap } from '../run/parameter-map.js';
import { openRun, type RunFolder, readDataSummaries, recipeFile } from '../run/run-folder.js';
import { imageSettings, openRunModel } from '../run/run-model.js';
import { VALIDATION_CANDIDATES, validationRecords } from '../run/validate-retrieval.js';
import { flatLayout } from '../step/flat-parameters.js';
import { metricsCharts } from './charts.js';
import { html } from './html.js';
import { inspectedSamples } from './inspected-samples.js';
import { page, type Section } from './page.js';
import { retrievalSamples } from './retrieval-samples.js';
import { dataTable, headTiles, modelLine } from './run-facts.js';
import { sampleCards } from './sample-cards.js';

export interface ReportOptions {
  /** Threads that compute the sample predictions; 0: one per core. */
  threads?: number;
  /** Why there are to be no sample predictions, where there are to be none. */
  withoutSamples?: string;
}

/** Pictures that sample predictions search in: enough to be hard, few enough to be encoded in seconds. */
const MOST_PICTURES = 256;
const QUERIES = { textQueries: 6, imageQueries: 4 };

/**
 * Writes RUN/report.html, one self-contained file: curves, the effective recipe, the data, and sample predictions of the best checkpoint
 * (the latest without one); what is not there is said instead. Returns its path. Throws when `path` is no run or a checkpoint is broken.
 */
export async function writeReport(path: string, options: ReportOptions = {}): Promise<string> {
  const run = await openRun(path);
  const lines = await readMetrics(path);
  const latest = (await findCheckpoints(path)).get('latest');
  const saved = latest ? await readCheckpointState(latest) : { step: 0, best: null };
  const state = { ...saved, step: Math.max(saved.step, lines.at(-1)?.step ?? 0) };
  const { recipe, config } = run;
  const size = flatLayout(modelParameters(config)).size;
  const report = page(
    recipe.name,
    `MaskVLM, ${recipe.task}, seed ${recipe.seed}: ${modelLine(config)}`,
    headTiles(lines, state, recipe.schedule.steps, size),
    [
      { title: 'Curves', body: metricsCharts(lines, state.best?.step ?? null) },
      ...(await samples(run, options)),
      { title: 'Data', body: dataTable(await readDataSummaries(path)) },
      { title: 'Recipe', body: html`<pre>${await readFile(recipeFile(path), 'utf8')}</pre>` },
    ],
  );
  const file = join(path, 'report.html');
  await writeAtomically(file, report.text);
  return file;
}

const TITLE = 'Sample predictions';
const note = (text: string): Section[] => [{ title: TITLE, body: html`<p class="none">${text}</p>` }];

async function samples(run: RunFolder, { threads = 0, withoutSamples }: ReportOptions): Promise<Section[]> {
  if (withoutSamples !== undefined) return note(withoutSamples);
  if ((await findCheckpoints(run.path)).size === 0) return note('The run has no checkpoint yet.');
  if (run.recipe.data.val.length === 0) return note('The recipe names no validation data to search in.');
  const records = await readValidation(run.path);
  if (records instanceof ExpectationError) return note(`The validation data is not there any more. ${records.message}`);
  try {
    return await drawSamples(run, records, threads);
  } catch (error) {
    if (!(error instanceof PictureError)) throw error;
    return note(`A validation picture cannot be read any more. ${error.message}`);
  }
}

/** The validation pictures of a run's recipe, or why they cannot be read. */
async function readValidation(path: string): Promise<PairRecord[] | ExpectationError> {
  try {
    const { recipe } = await loadRecipe(recipeFile(path));
    const { data, text } = recipe;
    const settings = { cleaning: text.cleaning, check: 'exists' as const, maxSkippedShare: data.maxSkippedShare };
    return validationRecords(recipe, await readData(data.val, settings)).slice(0, MOST_PICTURES);
  } catch (error) {
    if (error instanceof ExpectationError) return error;
    throw error;
  }
}

async function drawSamples(run: RunFolder, records: readonly PairRecord[], threads: number): Promise<Section[]> {
  const layout = flatLayout(modelParameters(run.config));
  const folder = await findBestCheckpoint(run.path);
  const { step } = await readCheckpointState(folder);
  const parameters = await readCheckpointParameters(folder, layout);
  const model = await openRunModel(run, parameters, layout, { threads });
  try {
    const { tokenizer, recipe } = run;
    const maxLength = recipe.text.maxLength;
    const settings = { tokenizer, image: imageSettings(run), maxLength, candidates: VALIDATION_CANDIDATES, ...QUERIES };
    const found = await retrievalSamples(model, records, settings);
    const cards = await sampleCards(found, VALIDATION_CANDIDATES);
    const body = html`<p class="none">By the parameters of step ${step.toLocaleString('en')}.</p>${cards}`;
    const source = constantParameters(parameterMap(parameters, layout));
    return [{ title: TITLE, body }, ...(await inspectedSamples(run, model, source, records, { threads }))];
  } finally {
    await model.release();
  }
}
