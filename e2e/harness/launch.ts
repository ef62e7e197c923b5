import type { ElectronApplication, Page } from '@playwright/test';
import { _electron } from '@playwright/test';
import { executable, rootSwitches } from './executable.ts';

export interface LaunchOptions {
  /** data folder; the Local library lies in it */
  readonly profile: string;
  /** more switches for Chromium */
  readonly switches?: readonly string[];
  /** more variables of the environment */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A running Holdfast with its window. */
export interface RunningApp {
  readonly electron: ElectronApplication;
  readonly page: Page;
  readonly pid: number;
  /** Ends it as a user does: the queue is left in the journal. */
  close(): Promise<void>;
  /** Ends it as a power cut does. Resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Starts the packaged app and waits until its window shows the locations. */
export async function launchApp({ profile, switches = [], environment = {} }: LaunchOptions): Promise<RunningApp> {
  const electron = await _electron.launch({
    executablePath: executable(),
    args: [...rootSwitches, ...switches, '--profile', profile],
    env: { ...plainEnvironment(), ...environment },
  });
  const child = electron.process();
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const page = await electron.firstWindow();
  await page.getByRole('navigation', { name: 'Locations' }).getByRole('button', { name: /connected|not reachable/ }).first().waitFor();
  return {
    electron,
    page,
    pid: child.pid ?? 0,
    close: async () => {
      await electron.close();
      await gone;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** What the tests run in, without what would change how Electron starts. */
function plainEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('HOLDFAST_') && entry[0] !== 'NODE_OPTIONS' && entry[0] !== 'ELECTRON_RUN_AS_NODE'));
}
