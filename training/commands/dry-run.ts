// maskvlm pretrain --recipe training/recipes/paper/pretrain-4m.yaml --dry-run --tflops 190
import { dryRun, type DryRunOptions as Options } from '../run/dry-run.js';

export type DryRunOptions = Omit<Options, 'say'>;

/** Prints, as one JSON object, what a training run would take; trains nothing and writes nothing. */
export async function printDryRun(options: DryRunOptions): Promise<void> {
  const found = await dryRun({ ...options, say: (text) => void process.stderr.write(`${text}\n`) });
  process.stdout.write(`${JSON.stringify(found)}\n`);
}
