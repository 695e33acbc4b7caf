// The tests run on the compiled files: worker threads load those, and they are what ships.
import { defineConfig } from 'vitest/config';

/** `--mode soak` runs the long rounds instead, which measure memory and so run one after another. */
export default defineConfig(({ mode }) => ({
  test: {
    include: [mode === 'soak' ? 'dist/tests/soak/*.soak.js' : 'dist/tests/**/*.test.js'],
    pool: 'forks',
    maxWorkers: mode === 'soak' ? 1 : 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
}));
