import { spawnSync } from 'node:child_process';
import { EXIT } from './exit-code.ts';

const HEADLESS = '--ozone-platform=headless';

interface Surroundings {
  readonly platform: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A command needs no display, but on Linux Chromium ends without one unless it was told so when it started. */
export function mustStartAgain({ platform, argv, environment }: Surroundings): boolean {
  const hasDisplay = Boolean(environment['DISPLAY']) || Boolean(environment['WAYLAND_DISPLAY']);
  return platform === 'linux' && !hasDisplay && !argv.some((word) => word.startsWith('--ozone-platform='));
}

/** Runs the same command in a process that knows that there is no display. @returns its exit code */
export function startAgainHeadless(argv: readonly string[]): number {
  const { status, error } = spawnSync(process.execPath, [HEADLESS, '--disable-gpu', '--log-level=3', ...argv], { stdio: 'inherit' });
  if (error !== undefined) process.stderr.write(`Holdfast could not start without a display: ${error.message}\n`);
  return status ?? EXIT.failed;
}
