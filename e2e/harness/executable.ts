/** The packaged app under test, as scripts/e2e.mjs made it. @throws Error when the tests were started some other way */
export function executable(): string {
  const path = process.env['HOLDFAST_EXECUTABLE'];
  if (path === undefined || path === '') throw new Error('HOLDFAST_EXECUTABLE is not set: start these tests with "npm run e2e".');
  return path;
}

/** Chromium refuses to run as root with its sandbox, so it is given up there and nowhere else. */
export const rootSwitches: readonly string[] = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
