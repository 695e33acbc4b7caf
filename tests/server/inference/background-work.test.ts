import { expect, test } from 'vitest';
import { inBackground, orSignal, priorityOf } from '../../../server/inference/background-work.js';

test('work under a signal of the background gives way, also where a deadline is added to it', () => {
  const people = new AbortController().signal;
  const job = inBackground(new AbortController().signal);
  const deadline = new AbortController();
  const both = [people, job].map((signal) => orSignal(signal, deadline.signal));
  expect([undefined, people, job, ...both].map(priorityOf)).toEqual([
    'interactive',
    'interactive',
    'import',
    'interactive',
    'import',
  ]);
  deadline.abort();
  expect(both.every(({ aborted }) => aborted)).toBe(true);
  expect(job.aborted).toBe(false);
});
