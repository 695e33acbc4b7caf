import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { HealthSamples } from './health-probe-worker.js';
import { type Latency, latencyOf } from './round-result.js';

/** Asks /healthz every 25 ms in a thread of its own, so that nothing waits for what else this one does, until stopped. */
export function probeHealth(address: string) {
  const worker = new Worker(new URL('./health-probe-worker.js', import.meta.url), { workerData: address });
  const answered = once(worker, 'message') as Promise<[HealthSamples]>;
  return {
    /** Rejects where the server did not answer. */
    async stop(): Promise<Latency & { requests: number; errors: number }> {
      worker.postMessage('stop');
      const [{ ms, errors }] = await answered;
      return { ...latencyOf(ms), requests: ms.length, errors };
    },
  };
}
