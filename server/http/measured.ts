import type { Core } from '../core.js';
import type { StageTimes } from '../inference/stage-times.js';
import { serverTiming } from './server-timing.js';

/** Stage times go to the metrics, and to the client in a header. */
export function measured({ metrics }: Core, task: string, times: StageTimes): Record<string, string> {
  metrics.stages(task, { ...times });
  return { 'Server-Timing': serverTiming({ ...times }) };
}
