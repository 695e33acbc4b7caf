// maskvlm export --run runs/ucm --out bundles/ucm
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeBundle } from '../../model/bundle/write-bundle.js';
import { constantParameters, graphRoles, inferenceGraph } from '../../model/maskvlm/inference-graphs.js';
import { writeOnnx } from '../../model/onnx/write-onnx.js';
import { readSafetensors } from '../../model/safetensors/safetensors.js';
import { findCheckpoint } from '../run/checkpoint.js';
import { readMetrics } from '../run/metrics-log.js';
import { type DataSummary, openRun, readDataSummaries } from '../run/run-folder.js';

export interface ExportOptions {
  run: string;
  checkpoint: string;
  precision: 'fp32';
  out: string;
}

const packageFile = new URL('../../../package.json', import.meta.url);

/** Exports a checkpoint of a run as a bundle. Throws when the run or checkpoint is missing or the folder cannot be written. */
export async function exportBundle({ run: path, checkpoint, out }: ExportOptions): Promise<void> {
  const run = await openRun(path);
  const folder = await findCheckpoint(path, checkpoint);
  const tensors = await readSafetensors(join(folder, 'model.safetensors'));
  const source = constantParameters(
    new Map(
      [...tensors].flatMap(([name, { dtype, shape, data }]) =>
        dtype === 'F32' ? [[name, { shape, data }] as const] : [],
      ),
    ),
  );
  const { step } = JSON.parse(await readFile(join(folder, 'state.json'), 'utf8')) as { step: number };
  const graphs = Object.fromEntries(
    graphRoles.map((role) => [role, Buffer.concat(writeOnnx(inferenceGraph(role, run.config, source)).model)]),
  );
  const validation = (await readMetrics(path)).findLast((line) => line.validation && line.step === step)?.validation;
  const data = await readDataSummaries(path);
  const manifest = await writeBundle(resolve(out), {
    family: 'maskvlm',
    config: run.config,
    tasks: ['retrieval'],
    graphs,
    tokenizerFile: run.tokenizerFile,
    image: { size: run.config.image.size, ...run.recipe.image, resize: 'squash' },
    text: { maxLength: run.recipe.text.maxLength },
    rerank: { candidates: 64 },
    metrics: validation ? { validation } : {},
    provenance: {
      recipe: run.recipe,
      data: [...named(data.train, 'train'), ...named(data.val, 'val')],
      steps: step,
      seed: run.recipe.seed,
      version: (JSON.parse(await readFile(packageFile, 'utf8')) as { version: string }).version,
    },
  });
  process.stdout.write(`${JSON.stringify({ name: manifest.name, id: manifest.id, steps: step })}\n`);
}

const named = (summaries: DataSummary[], use: string) => summaries.map((summary) => ({ ...summary, use }));
