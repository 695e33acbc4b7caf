import { test } from 'vitest';
import { writeUntilKilled } from './write-until-killed.js';

/** Processes take their time where others compute, too. */
const PROCESSES_MS = 300_000;

test.each([
  { index: 'scans', exactLimit: 100_000 },
  { index: 'graphs', exactLimit: 20 },
])(
  'writers that are killed at random moments lose and leave nothing, with $index',
  ({ exactLimit }) => writeUntilKilled(5, exactLimit),
  PROCESSES_MS,
);
