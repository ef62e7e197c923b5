import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from '@playwright/test';

/** A desktop session's bus with an unlocked GNOME Keyring, both of their own for one test. */
export interface Keyring {
  /** for the programs that are to use it */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** @param folder empty; holds the keyring's files */
export async function startKeyring(folder: string): Promise<Keyring> {
  const home = { HOME: folder, XDG_DATA_HOME: join(folder, 'data'), XDG_RUNTIME_DIR: join(folder, 'run'), XDG_CURRENT_DESKTOP: 'GNOME' };
  await mkdir(home.XDG_RUNTIME_DIR, { recursive: true, mode: 0o700 });
  await mkdir(home.XDG_DATA_HOME, { recursive: true });
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1'], { env: { ...process.env, ...home }, stdio: ['ignore', 'pipe', 'ignore'] });
  const address = await firstLine(bus);
  const environment = { ...home, DBUS_SESSION_BUS_ADDRESS: address };
  const daemon = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], { env: { ...process.env, ...environment }, stdio: ['pipe', 'ignore', 'ignore'] });
  daemon.stdin.end('password of the test');
  await expect.poll(() => isOnBus('org.freedesktop.secrets', environment), { timeout: 20_000 }).toBe(true);
  return {
    environment,
    stop: async () => {
      for (const child of [daemon, bus]) await end(child);
    },
  };
}

async function isOnBus(name: string, environment: Readonly<Record<string, string>>): Promise<boolean> {
  const question = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus.NameHasOwner', `string:${name}`];
  const { stdout } = await promisify(execFile)('dbus-send', question, { env: { ...process.env, ...environment } });
  return stdout.includes('boolean true');
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${child.spawnfile} ended with ${code ?? 'a signal'} before it was ready.`)));
    child.stdout?.once('data', (text: Buffer) => resolve(text.toString().split('\n')[0] ?? ''));
  });
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
