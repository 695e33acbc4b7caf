// maskvlm evaluate --task retrieval --bundle model/bundles/scenes --format karpathy --annotations captions.json --images images
import { writeFile } from 'node:fs/promises';
import { readBundle } from '../../model/bundle/read-bundle.js';
import { type ModelConfig, modelConfigSchema } from '../../model/maskvlm/config.js';
import { loadTokenizer } from '../../model/tokenizer/tokenizer.js';
import type { FormatName } from '../data/formats.js';
import { readData } from '../data/read-data.js';
import { evaluateRecords } from '../evaluation/evaluate-records.js';
import type { RetrievalScore } from '../evaluation/retrieval.js';
import { openRetrievalModel } from '../evaluation/retrieval-model.js';

export interface EvaluateCommandOptions {
  task: 'retrieval';
  bundle: string;
  format: FormatName;
  annotations?: string;
  questions?: string;
  images?: string;
  split: string;
  limit?: number;
  kTest: number;
  score: RetrievalScore;
  threads?: number;
  out?: string;
}

/** Measures a bundle and prints the result as one JSON object on standard output. Throws when data or bundle are unusable. */
export async function evaluate({
  bundle: dir,
  format,
  annotations,
  questions,
  images,
  split,
  limit,
  kTest,
  score,
  threads,
  out,
}: EvaluateCommandOptions): Promise<void> {
  const bundle = await readBundle(dir);
  const { image, text } = bundle.manifest;
  const [source] = await readData('pairs', [{ format, annotations, questions, images, split, limit }], {
    cleaning: 'none',
    check: 'decode',
    maxSkippedShare: 0,
    heldOut: true,
  });
  const config: ModelConfig = modelConfigSchema.parse(bundle.manifest.config);
  const file = (role: string) => bundle.graphFile(role);
  const graphs = { image_encoder: file('image_encoder'), text_encoder: file('text_encoder'), matcher: file('matcher') };
  const model = await openRetrievalModel(graphs, config, { threads });
  const tokenizer = loadTokenizer(bundle.tokenizerFile);
  const result = await evaluateRecords(model, source!.records, {
    tokenizer,
    image,
    maxLength: text.maxLength,
    kTest,
    score,
  });
  await model.release();
  const json = `${JSON.stringify(result)}\n`;
  if (out) await writeFile(out, json);
  process.stdout.write(json);
}
