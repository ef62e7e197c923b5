import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'vite';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createServerCertificates } from './certificates.ts';
import { startProcess, waitForPort, freePort, freePortRange, freePorts, makeServerFolder, removeServerFolder, run } from './server-process.ts';

const folders: string[] = [];
async function folder(): Promise<string> {
  const made = await makeServerFolder('test');
  folders.push(made);
  return made;
}
afterEach(async () => {
  for (const made of folders.splice(0)) await removeServerFolder(made);
});

const LISTEN = `const port = Number(process.argv[1]); console.log('up'); require('net').createServer().listen(port, '127.0.0.1');`;
const isAlive = (pid: number) => existsSync(`/proc/${pid}`);
const until = async (what: () => boolean | Promise<boolean>) => {
  while (!(await what())) await sleep(10);
};

describe('a process of the tests', () => {
  it('is waited for, tells what it wrote, and is gone after stop', async () => {
    const port = await freePort();
    const started = await startProcess({ name: 'listener', command: process.execPath, args: ['-e', LISTEN, String(port)], folder: await folder(), ready: waitForPort(port) });
    expect(started.running).toBe(true);
    expect(await started.log()).toBe('up\n');
    await Promise.all([started.stop(), started.stop()]);
    expect(started.running).toBe(false);
    expect(isAlive(started.pid)).toBe(false);
    expect(await waitForPort(port)().catch(() => false)).toBe(false);
  });

  it('that dies gives the end of its log', async () => {
    const start = startProcess({ name: 'dying', command: process.execPath, args: ['-e', "console.error('no such option'); process.exit(3)"], folder: await folder(), ready: () => Promise.resolve(false) });
    await expect(start).rejects.toThrow(/^dying exited with 3 [^]*no such option$/);
  });

  it('that is never ready is ended', async () => {
    const place = await folder();
    const start = startProcess({ name: 'late', command: process.execPath, args: ['-e', 'console.log(process.pid); setInterval(() => {}, 1000)'], folder: place, ready: async (process) => ((await process.log()) === '' ? Promise.reject(new Error('not yet')) : false), timeoutMs: 1500 });
    await expect(start).rejects.toThrow(/^late was not ready after 1500 ms/);
    expect(isAlive(Number(await readFile(join(place, 'late.log'), 'utf8')))).toBe(false);
  });

  it('that does not exist is an error', async () => {
    await expect(startProcess({ name: 'none', command: '/no/such/program', args: [], folder: await folder(), ready: () => Promise.resolve(true) })).rejects.toThrow(/^none could not be started/);
  });

  it('is forced when it does not listen, with sessions in groups of their own', async () => {
    const place = await folder();
    const program = `trap '' TERM; setsid sh -c 'trap "" TERM; echo $$ > ${place}/session; while :; do sleep 1; done' & while :; do sleep 1; done`;
    const started = await startProcess({ name: 'stubborn', command: 'sh', args: ['-c', program], folder: place, ready: async () => (await readFile(join(place, 'session'), 'utf8')).endsWith('\n'), stopTimeoutMs: 200 });
    const session = Number(await readFile(join(place, 'session'), 'utf8'));
    expect(isAlive(session)).toBe(true);
    await started.stop();
    await until(() => !isAlive(session));
    expect(isAlive(started.pid)).toBe(false);
  });
});

describe('when the tests themselves are ended', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)('nothing stays after %s: processes, their sessions, mounts and folders', async (by) => {
    const place = await folder();
    await build({ configFile: false, logLevel: 'silent', build: { ssr: join(import.meta.dirname, 'guardian.ts'), outDir: join(place, 'bundle'), target: 'node20', rollupOptions: { output: { entryFileNames: 'guardian.mjs' } } } });
    const doomed = join(place, 'doomed');
    await mkdir(doomed);
    const program = `
      import { spawn } from 'node:child_process';
      import { guard, unguard } from '${place}/bundle/guardian.mjs';
      guard('remove', '${doomed}');
      guard('remove', '/no/such/folder');
      unguard('remove', '/no/such/folder');
      const child = spawn('sh', ['-c', 'setsid sleep 1000 & sleep 1000'], { detached: true, stdio: 'ignore' });
      guard('kill', child.pid);
      console.log(child.pid);
      setInterval(() => {}, 1000);`;
    const tests = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = Number(await new Promise<string>((resolve) => tests.stdout.once('data', (data: Buffer) => resolve(data.toString()))));
    const children = async () => (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').map(Number);
    await until(async () => (await children()).length === 2);
    const all = [pid, ...(await children())];
    tests.kill(by);
    await until(() => !existsSync(doomed) && all.every((one) => !isAlive(one)));
  });
});

describe('ports', () => {
  it('are free, not handed out twice, and consecutive where asked', async () => {
    const ports = await freePorts(20);
    const first = await freePortRange(30);
    const range = Array.from({ length: 30 }, (_, index) => first + index);
    expect(new Set([...ports, ...range]).size).toBe(50);
    for (const port of [...ports, ...range]) {
      const server = createServer();
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('a port that a program has, or another test', () => {
  it('is not handed out', async () => {
    const taken = await freePort();
    const chosen = vi.spyOn(Math, 'random').mockReturnValueOnce((taken - 10_000) / 21_999 + 1e-9);
    expect(await freePort()).not.toBe(taken);
    const other = createServer();
    const used = await new Promise<number>((resolve) => {
      const tryOne = () => other.listen(10_000 + Math.floor(Math.random() * 20_000), '127.0.0.1');
      other.on('error', tryOne);
      other.once('listening', () => resolve((other.address() as AddressInfo).port));
      tryOne();
    });
    chosen.mockReturnValueOnce((used - 10_000) / 21_999 + 1e-9);
    expect(await freePort()).not.toBe(used);
    expect(chosen.mock.results.length).toBeGreaterThanOrEqual(4);
    chosen.mockRestore();
    await new Promise((resolve) => other.close(resolve));
  });
});

describe('run', () => {
  it('gives both outputs and the code', async () => {
    expect(await run('sh', ['-c', 'cat; echo err >&2; exit 4'], { input: 'in', codes: [4] })).toEqual({ stdout: 'in', stderr: 'err\n', code: 4 });
  });

  it('fails with the command, the code and what it wrote', async () => {
    await expect(run('sh', ['-c', 'echo why >&2; exit 4'])).rejects.toThrow(/^sh -c [^]* exited with 4\.\nwhy$/);
    await expect(run('/no/such/program', [])).rejects.toThrow(/ENOENT/);
    await expect(run('sleep', ['10'], { timeoutMs: 50 })).rejects.toThrow(/ended after 50 ms/);
  });
});

describe('certificates', () => {
  it('are good, for another name, expired and by nobody', async () => {
    const place = await folder();
    const { caFile, good, wrongName, expired, selfSigned } = await createServerCertificates(place);
    const ca = await readFile(caFile, 'utf8');
    for (const [files, wanted] of [[good, 'ok'], [wrongName, 'ERR_TLS_CERT_ALTNAME_INVALID'], [expired, 'CERT_HAS_EXPIRED'], [selfSigned, 'DEPTH_ZERO_SELF_SIGNED_CERT']] as const) {
      const port = await freePort();
      const server = await startProcess({ name: 'tls', command: 'openssl', args: ['s_server', '-accept', `127.0.0.1:${port}`, '-cert', files.certFile, '-key', files.keyFile, '-quiet'], folder: place, ready: waitForPort(port) });
      const seen = await new Promise<string>((resolve) => {
        const socket = connectTls({ port, host: '127.0.0.1', ca }, () => resolve('ok'));
        socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        socket.once('close', () => connect(port).destroy());
      });
      await server.stop();
      expect(seen).toBe(wanted);
    }
  });
});
