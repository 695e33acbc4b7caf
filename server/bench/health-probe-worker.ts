// The thread of health-probe.ts.
import { setTimeout } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { openConnection, requestBytes } from './http-connection.js';

/** Milliseconds of each answer, and how many of them were not 200. */
export interface HealthSamples {
  ms: number[];
  errors: number;
}

const EVERY_MS = 25;
const address = workerData as string;
const port = parentPort!;
let running = true;
port.once('message', () => {
  running = false;
});

const connection = await openConnection(address);
const request = requestBytes(address, '/healthz');
const samples: HealthSamples = { ms: [], errors: 0 };
while (running) {
  const { status, ms } = await connection.ask(request);
  samples.ms.push(ms);
  if (status !== 200) samples.errors++;
  await setTimeout(EVERY_MS);
}
connection.close();
port.postMessage(samples);
