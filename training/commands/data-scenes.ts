// maskvlm data scenes --out runs/scenes-data
import { writeScenes } from '../data/scenes/write-scenes.js';
import { showProgress } from '../run/progress.js';

export interface DataScenesOptions {
  out: string;
  train: number;
  val: number;
  test: number;
  seed: number;
  size: number;
}

/** Generates the scenes data set, with progress on standard error, and prints what it wrote as one JSON object. */
export async function dataScenes(options: DataScenesOptions): Promise<void> {
  const total = options.train + options.val + options.test;
  const progress = showProgress('scenes', 0, total);
  const written = await writeScenes({ ...options, onProgress: ({ done }) => progress.update(done, 'pictures') });
  progress.stop();
  process.stdout.write(`${JSON.stringify(written)}\n`);
}
