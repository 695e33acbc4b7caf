// maskvlm finetune --task vqa --recipe training/recipes/scenes-vqa.yaml --init runs/scenes --out runs/scenes-vqa
import type { ModelTask } from '../../model/maskvlm/parameters.js';
import { trainRun } from '../run/train-run.js';
import type { TrainingOptions } from '../run/training-options.js';

/** The tasks of the paper's section 4.1. */
export type FinetuneTask = Exclude<ModelTask, 'pretrain'>;

/** Fine-tunes for a task by a recipe into a run folder. Returns the exit status, as pre-training does. */
export const finetune = (options: TrainingOptions & { task: FinetuneTask }): Promise<number> => trainRun(options);
