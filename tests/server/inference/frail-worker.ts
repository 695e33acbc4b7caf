// A worker for the tests: it doubles numbers, and ends or throws when asked to.
import { workerData } from 'node:worker_threads';
import { answerRequests } from '../../../server/inference/worker-side.js';

await answerRequests(async () => {
  if (workerData.broken) throw new Error('no such file');
  return {
    info: { name: 'frail' },
    async answer(request) {
      if (request === 'die') process.exit(9);
      if (request === 'throw') throw Object.assign(new RangeError('too much'), { limit: 3 });
      return { value: 2 * (request as number), transfer: [] };
    },
  };
});
