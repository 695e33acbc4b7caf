// The tests run on the compiled files: worker threads load those, and they are what ships.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['dist/tests/**/*.test.js'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
