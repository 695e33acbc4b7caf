// maskvlm pretrain --recipe training/recipes/ucm.yaml --out runs/ucm
import { trainRun } from '../run/train-run.js';
import type { TrainingOptions } from '../run/training-options.js';

/** Pre-trains by a recipe into a run folder. Returns the exit status: 0, or 130 and 143 when a signal stopped it after saving. */
export const pretrain = (options: Omit<TrainingOptions, 'task'>): Promise<number> =>
  trainRun({ ...options, task: 'pretrain' });
