import type { ModelTask } from '../../model/maskvlm/parameters.js';
import type { Device } from '../../model/onnx/session.js';
import type { InitSources } from './init-sources.js';

/** What `pretrain` and `finetune` are told. */
export interface TrainingOptions extends InitSources {
  task: ModelTask;
  recipe: string;
  out: string;
  resume?: boolean;
  stopAfter?: number;
  device?: Device;
  set?: string[];
  /** Threads of the training step; 0: one per core. */
  threads?: number;
}
