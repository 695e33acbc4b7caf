// Fifty rounds of kill -9.
import { test } from 'vitest';
import { writeUntilKilled } from '../server/collections/write-until-killed.js';
import { killRounds } from '../server/faults/kill-rounds.js';
import { LONG_MS, share } from './soak-size.js';

const ROUNDS = 50;

test(
  'a server that is killed under everything that writes loses and leaves nothing',
  async () => {
    process.stdout.write(`${JSON.stringify(await killRounds(share(ROUNDS), 2))}\n`);
  },
  LONG_MS,
);

test.each([
  { index: 'scans', exactLimit: 100_000 },
  { index: 'graphs', exactLimit: 20 },
])(
  'collections that are killed while they are written lose and leave nothing, with $index',
  ({ exactLimit }) => writeUntilKilled(share(ROUNDS), exactLimit),
  LONG_MS,
);
