import { defineConfig } from '@playwright/test';

// Not a test run: it draws docs/pictures (see scripts/pictures.mjs).
export default defineConfig({
  testDir: 'pictures',
  outputDir: '../test-results',
  workers: 1,
  retries: 0,
  timeout: 180_000,
  reporter: 'list',
});
