import type { MeasureOptions } from '../evaluation/measured-model.js';
import { type Progress, showProgress } from '../run/progress.js';

/** Shows on standard error how far each stage of a measurement has come, a bar or its lines for each. */
export function showStages(): Required<Pick<MeasureOptions, 'onProgress'>> {
  let shown: { stage: string; progress: Progress } | null = null;
  return {
    onProgress(stage, done, total) {
      if (shown?.stage !== stage) shown = { stage, progress: showProgress(stage, 0, total) };
      shown.progress.update(done, '');
      if (done < total) return;
      shown.progress.stop();
      shown = null;
    },
  };
}
