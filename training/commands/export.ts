// maskvlm export --run runs/ucm --precision int8 --out bundles/ucm-int8
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BundleRole } from '../../model/bundle/bundle-role.js';
import type { Manifest, Precision } from '../../model/bundle/manifest.js';
import { checkTarget, writeBundle } from '../../model/bundle/write-bundle.js';
import { constantParameters } from '../../model/maskvlm/inference-graphs.js';
import { TEMPERATURE } from '../../model/maskvlm/parameters.js';
import { WeightFile } from '../../model/onnx/weight-file.js';
import { writeOnnx } from '../../model/onnx/write-onnx.js';
import { reducePrecision } from '../../model/precision/reduce-precision.js';
import { readSafetensors, type Tensor } from '../../model/safetensors/safetensors.js';
import type { Recipe } from '../recipe/recipe.js';
import { addExamples } from '../run/add-examples.js';
import { bundleGraph, bundleRoles, bundleTasks, rerankCandidates } from '../run/bundle-graphs.js';
import { findBestCheckpoint, findCheckpoint, readCheckpointState } from '../run/find-checkpoint.js';
import { precisionMetrics } from '../run/measure-precision.js';
import { readMetrics } from '../run/metrics-log.js';
import { type DataSummary, openRun, readDataSummaries } from '../run/run-folder.js';
import { imageSettings } from '../run/run-model.js';

export interface ExportOptions {
  run: string;
  /** best, latest or a step; the best, or else the latest, where it is left out. */
  checkpoint?: string;
  /** fp16 and int8 are measured against fp32 on the run's validation data. */
  precision: Precision;
  /** Pictures that they are measured on; the recipe's evaluate.limit, or else 250, where it is left out. */
  limit?: number;
  /** Threads that measure; 0: one per core. */
  threads?: number;
  out: string;
  /** Results of `evaluate --out`, for the manifest. */
  metrics?: string[];
  /** Folder of captions.json and images/ whose test pictures become the bundle's example collection. */
  examples?: string;
}

const packageFile = new URL('../../../package.json', import.meta.url);

/**
 * Exports a checkpoint of a run as a bundle. Throws when the run or checkpoint is missing, when the data is missing that a reduced precision
 * is measured on and no results are given instead, or when the folder cannot be written.
 */
export async function exportBundle(options: ExportOptions): Promise<void> {
  const { run: path, checkpoint, precision, out, metrics = [], examples } = options;
  const run = await openRun(path);
  const folder = checkpoint === undefined ? await findBestCheckpoint(path) : await findCheckpoint(path, checkpoint);
  const tensors = await readSafetensors(join(folder, 'model.safetensors'));
  const source = constantParameters(
    new Map(
      [...tensors].flatMap(([name, { dtype, shape, data }]) =>
        dtype === 'F32' ? [[name, { shape, data }] as const] : [],
      ),
    ),
  );
  const { step } = await readCheckpointState(folder);
  const { task, answers } = run.recipe;
  const weights = new WeightFile('weights.bin');
  const graphOf = (role: BundleRole) => reducePrecision(bundleGraph(run, role, source), precision);
  const files = bundleRoles(run).map((role) => [role, writeOnnx(graphOf(role), { weights }).model] as const);
  const validation = (await readMetrics(path)).findLast((line) => line.validation && line.step === step)?.validation;
  const data = await readDataSummaries(path);
  const results = await readResults(metrics);
  await checkTarget(resolve(out));
  // What the run noted while it trained is about fp32.
  const measured =
    precision === 'fp32'
      ? { ...(validation ? { validation } : {}) }
      : await precisionMetrics(run, source, { ...options, precision, required: metrics.length === 0 });
  const manifest = await writeBundle(resolve(out), {
    family: 'maskvlm',
    config: run.config,
    tasks: bundleTasks(run),
    graphs: Object.fromEntries(files.map(([role, model]) => [role, Buffer.concat(model)])),
    extraFiles: { [weights.location]: Buffer.concat(weights.chunks) },
    tokenizerFile: run.tokenizerFile,
    image: imageSettings(run),
    text: { maxLength: run.recipe.text.maxLength, ...(task === 'vqa' && { answerLength: answers.maxLength }) },
    rerank: { candidates: rerankCandidates(run) },
    ...temperatureOf(tensors, run.recipe),
    metrics: { ...measured, ...results },
    provenance: {
      recipe: run.recipe,
      data: [...named(data.train, 'train'), ...named(data.val, 'val')],
      steps: step,
      seed: run.recipe.seed,
      precision,
      version: (JSON.parse(await readFile(packageFile, 'utf8')) as { version: string }).version,
    },
  });
  if (examples) await addExamples(resolve(out), examples);
  const { name, id } = manifest;
  process.stdout.write(`${JSON.stringify({ name, id, steps: step, precision: manifest.metrics.precision })}\n`);
}

/** ITC's temperature as the loss had it, held within the recipe's range; nothing for a model without. */
function temperatureOf(tensors: ReadonlyMap<string, Tensor>, { itc }: Recipe): Pick<Manifest, 'itc'> {
  const tensor = tensors.get(TEMPERATURE);
  if (tensor?.dtype !== 'F32') return {};
  const { min, max } = itc.temperature;
  return { itc: { temperature: Math.min(max, Math.max(min, tensor.data[0]!)) } };
}

const named = (summaries: DataSummary[], use: string) => summaries.map((summary) => ({ ...summary, use }));

/** Results as `evaluate` writes them, by task. */
async function readResults(files: readonly string[]): Promise<Record<string, object>> {
  const results = await Promise.all(
    files.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as { task: string }),
  );
  return Object.fromEntries(results.map(({ task, ...result }) => [task, result]));
}
