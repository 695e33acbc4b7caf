import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExpectationError } from '../../model/errors.js';
import { writeAtomically } from '../../model/files/write-atomically.js';
import { PictureError } from '../../model/image/picture.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import { readCheckpointParameters } from '../run/checkpoint.js';
import { findBestCheckpoint, findCheckpoints, readCheckpointState } from '../run/find-checkpoint.js';
import { readMetrics } from '../run/metrics-log.js';
import { openRun, type RunFolder, readDataSummaries, recipeFile } from '../run/run-folder.js';
import { layoutOf, runModel } from '../run/run-model.js';
import type { HeldOut } from '../tasks/task.js';
import { TASKS } from '../tasks/tasks.js';
import { metricsCharts } from './charts.js';
import { html } from './html.js';
import { page, SAMPLES, type Section } from './page.js';
import { dataTable, headTiles, modelLine } from './run-facts.js';

export interface ReportOptions {
  /** Threads that compute the sample predictions; 0: one per core. */
  threads?: number;
  /** Why there are to be no sample predictions, where there are to be none. */
  withoutSamples?: string;
}

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
  const { size } = layoutOf(run);
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

const note = (text: string): Section[] => [{ title: SAMPLES, body: html`<p class="none">${text}</p>` }];

async function samples(run: RunFolder, { threads = 0, withoutSamples }: ReportOptions): Promise<Section[]> {
  if (withoutSamples !== undefined) return note(withoutSamples);
  if ((await findCheckpoints(run.path)).size === 0) return note('The run has no checkpoint yet.');
  if (run.recipe.data.val.length === 0) return note('The recipe names no validation data.');
  try {
    const held = await readHeldOut(run.path);
    if (!held) return note('The validation data is empty.');
    const layout = layoutOf(run);
    const folder = await findBestCheckpoint(run.path);
    const { step } = await readCheckpointState(folder);
    const model = runModel(run, await readCheckpointParameters(folder, layout), layout);
    const shown = await held.samples(model, { threads });
    const [first, ...others] = shown as [Section, ...Section[]];
    const body = html`<p class="none">By the parameters of step ${step.toLocaleString('en')}.</p>${first.body}`;
    return [{ ...first, body }, ...others];
  } catch (error) {
    if (error instanceof PictureError) return note(`A validation picture cannot be read any more. ${error.message}`);
    if (error instanceof ExpectationError) return note(`The validation data is not there any more. ${error.message}`);
    throw error;
  }
}

/** The validation data of a run's recipe, without its training data. */
async function readHeldOut(path: string): Promise<HeldOut | undefined> {
  const { recipe } = await loadRecipe(recipeFile(path));
  const { data } = recipe;
  const { held } = await TASKS[recipe.task].read({ ...recipe, data: { ...data, train: [], check: 'exists' } });
  return held;
}
