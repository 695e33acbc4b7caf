import { expect, test } from 'vitest';
import { killRounds } from './kill-rounds.js';

const ROUNDS = 5;
/** Six processes, one after another. */
const PROCESSES_MS = 300_000;

test(
  `${ROUNDS} times kill -9 under everything that writes: nothing acknowledged is lost, and nothing else is there`,
  async () => {
    const { acknowledged } = await killRounds(ROUNDS);
    expect(acknowledged).toBeGreaterThanOrEqual(10 * ROUNDS);
  },
  PROCESSES_MS,
);
