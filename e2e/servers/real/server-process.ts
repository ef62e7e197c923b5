import { spawn } from 'node:child_process';
import { chmod, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { guard, signal, unguard } from './guardian.ts';
import { descendants, killAll } from './process-tree.ts';
import { lastLines, run } from './run.ts';

export { freePort, freePortRange, freePorts } from './ports.ts';
export { run } from './run.ts';

/** A server of the tests that runs. */
export interface RunningServer {
  readonly name: string;
  readonly version: string;
  /** its configuration, logs and data; `stop` removes it */
  readonly folder: string;
  /** Ends it and all its sessions and removes its folder; may be called again. */
  stop(): Promise<void>;
}

export interface ServerProcess {
  readonly pid: number;
  /** whether it still runs */
  readonly running: boolean;
  /** what it wrote so far, both outputs */
  log(): Promise<string>;
  /** Ends it and everything that it started: first asked, after a while forced. May be called again. */
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** where NAME.log goes */
  readonly folder: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** asked again and again until it is true; what it throws counts as false */
  readonly ready: (process: ServerProcess) => Promise<boolean>;
  /** until it is ready; default: 30 s */
  readonly timeoutMs?: number;
  /** until a process that was asked to end is forced; default: 10 s */
  readonly stopTimeoutMs?: number;
  /** the system account that it runs under; only root can choose one, for others it stays their own */
  readonly user?: string;
}

/** A fresh folder that daemons under other accounts can enter. It goes away with this process at the latest. */
export async function makeServerFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `holdfast-${name}-`));
  guard('remove', folder);
  await chmod(folder, 0o755);
  return folder;
}

/** Removes what `makeServerFolder` made. */
export async function removeServerFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  unguard('remove', folder);
}

/**
 * Starts a server in the foreground mode of its own and waits until it is ready. It does not outlive this process, however that ends.
 *
 * @throws Error with the end of its log when it ends by itself or is not ready in time; then nothing of it runs any more
 */
export async function startProcess(options: StartOptions): Promise<ServerProcess> {
  const { name, command, args, folder, ready, timeoutMs = 30_000, stopTimeoutMs = 10_000 } = options;
  const logFile = join(folder, `${name}.log`);
  const log = () => readFile(logFile, 'utf8');
  const account = await accountOf(options.user);
  const output = await open(logFile, 'a');
  const child = spawn(command, [...args], { ...account, cwd: options.cwd ?? folder, env: options.env ?? process.env, stdio: ['ignore', output.fd, output.fd], detached: process.platform !== 'win32' });
  let end: string | null = null;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => resolve(void (end ??= `could not be started: ${error.message}`)));
    child.once('exit', (code, by) => resolve(void (end ??= code === null ? `was ended by ${by}` : `exited with ${code}`)));
  });
  await output.close();
  child.unref();
  const { pid } = child;
  if (pid === undefined) {
    await ended;
    throw new Error(`${name} ${end}`);
  }
  guard('kill', pid);

  let stopping: Promise<void> | undefined;
  const running: ServerProcess = {
    pid,
    get running() {
      return end === null;
    },
    log,
    stop: () => (stopping ??= stop()),
  };
  async function stop(): Promise<void> {
    // Sessions of users may be in groups of their own, and have no parent any more once the server is gone.
    const sessions = descendants(pid as number);
    if (end === null) {
      signal(pid as number, 'SIGTERM');
      const forced = new AbortController();
      await Promise.race([ended, sleep(stopTimeoutMs, undefined, { signal: forced.signal }).catch(() => undefined)]);
      forced.abort();
    }
    signal(-(pid as number), 'SIGKILL');
    killAll(sessions);
    await ended;
    unguard('kill', pid as number);
  }

  const deadline = performance.now() + timeoutMs;
  while (!(await ready(running).catch(() => false))) {
    const late = performance.now() > deadline;
    if (end === null && !late) {
      await sleep(20);
      continue;
    }
    const why = end ?? `was not ready after ${timeoutMs} ms`;
    await running.stop();
    throw new Error(`${name} ${why} (${[command, ...args].join(' ')}).\n${lastLines(await log())}`);
  }
  if (end !== null) {
    await running.stop();
    throw new Error(`${name} ${end} (${[command, ...args].join(' ')}).\n${lastLines(await log())}`);
  }
  return running;
}

/** For `ready`: whether 127.0.0.1 accepts connections on that port. */
export function waitForPort(port: number): () => Promise<boolean> {
  return () =>
    new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
}

async function accountOf(user: string | undefined): Promise<{ uid: number; gid: number } | undefined> {
  if (user === undefined || process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (option) => Number((await run('id', [option, user])).stdout)));
  return { uid: uid as number, gid: gid as number };
}
