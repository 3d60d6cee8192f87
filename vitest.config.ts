import { defineConfig } from 'vitest/config';
import { PATIENCE_MS } from './test/support/patience.ts';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // No test depends on being quick: these end what hangs, after a wait within the test has said what never came.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: PATIENCE_MS } },
    maxWorkers: 2,
    globals: false,
    reporters: ['default', './test/support/closing-line.ts'],
  },
});
