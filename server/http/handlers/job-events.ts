import type { Response } from 'express';
import { hasEnded, type JobRecord, shownJob } from '../../jobs/job.js';
import type { RawHandler } from '../handler.js';

/** How long a browser waits before it asks again when the connection is lost, in milliseconds. */
const RETRY_MS = 2_000;

function eventOf(job: JobRecord): string {
  const name = hasEnded(job) ? 'end' : 'progress';
  return `event: ${name}\nid: ${job.revision}\ndata: ${JSON.stringify(shownJob(job))}\n\n`;
}

/** Sends the newest state whenever the client is ready for it: who reads slowly skips some, and nothing piles up. */
class EventStream {
  #newest: JobRecord | undefined;

  constructor(
    readonly response: Response,
    heartbeatMs: number,
  ) {
    response.on('drain', () => this.#flush());
    const heart = setInterval(() => {
      if (!response.writableNeedDrain) response.write(': still here\n\n');
    }, heartbeatMs);
    response.on('close', () => clearInterval(heart));
  }

  /** Undefined ends the stream: there is nothing more to tell at present. */
  send(job: JobRecord | undefined): void {
    if (!job) return void this.response.end();
    this.#newest = job;
    this.#flush();
  }

  #flush(): void {
    const { response } = this;
    if (!this.#newest || response.writableNeedDrain || response.writableEnded) return;
    const job = this.#newest;
    this.#newest = undefined;
    response.write(eventOf(job));
    if (hasEnded(job)) response.end();
  }
}

/**
 * Tells the state of a job, now and with every change until its end. Who comes again with the header Last-Event-ID is told only what is new;
 * where nothing will be, the answer is 204, after which a browser asks no more.
 */
export const getJobEvents: RawHandler<'getJobEvents'> = ({ path, request }, { jobs, limits }, response) => {
  const job = jobs.get(path.job);
  const isKnown = request.headers['last-event-id'] === String(job.revision);
  if (isKnown && hasEnded(job)) return void response.status(204).end();
  response.status(200).set({
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    // Proxies that collect answers would hold the events back.
    'X-Accel-Buffering': 'no',
  });
  response.write(`retry: ${RETRY_MS}\n\n`);
  const stream = new EventStream(response, limits.heartbeatMs);
  response.on(
    'close',
    jobs.follow(path.job, (changed) => stream.send(changed)),
  );
  if (!isKnown) stream.send(job);
};
