import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

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
  const daemon = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], { env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'ignore'] });
  daemon.stdin?.end('password of the test');
  // It tells its folder once it is on the bus.
  await firstLine(daemon);
  return {
    environment,
    stop: async () => {
      for (const child of [daemon, bus]) await end(child);
    },
  };
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
