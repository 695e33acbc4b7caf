// maskvlm data scenes --out runs/scenes-data
import { countPictures, type ScenesOptions, writeScenes } from '../data/scenes/write-scenes.js';
import { showProgress } from '../run/progress.js';

/** Generates the scenes data set, with progress on standard error, and prints what it wrote as one JSON object. */
export async function dataScenes(options: ScenesOptions): Promise<void> {
  const progress = showProgress('scenes', 0, countPictures(options));
  const written = await writeScenes({ ...options, onProgress: ({ done }) => progress.update(done, 'pictures') });
  progress.stop();
  process.stdout.write(`${JSON.stringify(written)}\n`);
}
