import { orSignal } from '../inference/background-work.js';
import { AbortedError } from '../inference/errors.js';
import { Problem } from './problems.js';

/**
 * Does work whose parts are dropped where they have not started `timeoutMs` from now, as they are when the client leaves.
 * @throws Problem with status 504 when that happens
 */
export async function withinTime<Result>(
  timeoutMs: number | undefined,
  left: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  if (timeoutMs === undefined) return work(left);
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    return await work(orSignal(left, deadline));
  } catch (error) {
    const isLate = error instanceof AbortedError && deadline.aborted && !left.aborted;
    throw isLate ? new Problem('timeout', `not done within ${timeoutMs} ms`) : error;
  }
}
