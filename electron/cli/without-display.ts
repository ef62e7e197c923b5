import { spawn } from 'node:child_process';
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

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs the same command in a process that knows that there is no display, and passes signals on to it. @returns its exit code */
export function startAgainHeadless(argv: readonly string[]): Promise<number> {
  // In a process group of its own: a terminal would send Ctrl+C to it too, and the second signal ends a command at once.
  const child = spawn(process.execPath, [HEADLESS, '--disable-gpu', '--log-level=3', ...argv], { stdio: 'inherit', detached: true });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`Holdfast could not start without a display: ${error.message}\n`);
      resolve(EXIT.failed);
    });
    child.once('exit', (code) => resolve(code ?? EXIT.failed));
  });
}
