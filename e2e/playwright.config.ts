import { defineConfig } from '@playwright/test';

// The packaged app that the tests start is in HOLDFAST_EXECUTABLE (see scripts/e2e.mjs).
export default defineConfig({
  testDir: 'tests',
  outputDir: '../test-results',
  workers: 1,
  retries: 0,
  timeout: 60_000,
  reporter: 'list',
  forbidOnly: Boolean(process.env['CI']),
});
