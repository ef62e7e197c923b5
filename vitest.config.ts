import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{shared,electron,renderer,scripts,e2e/servers}/**/*.test.{ts,tsx,mjs}'],
    // Most of them wait for servers; one core is left to those only where there are many.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // For the slowest server on a busy machine; what must end sooner says so itself.
    testTimeout: 240_000,
    hookTimeout: 120_000,
    sequence: { shuffle: { tests: false, files: true } },
  },
});
