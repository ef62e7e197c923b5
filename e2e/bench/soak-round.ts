import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { executable, rootSwitches } from '../harness/executable.ts';
import { makeFile } from '../harness/files.ts';
import { launchApp } from '../harness/launch.ts';
import type { FaultRule } from '../servers/http-faults.ts';
import type { HttpServer } from '../servers/http-server.ts';
import { transferRows } from './soak-verdict.ts';

const OPEN: ReadonlySet<string> = new Set(['queued', 'transferring', 'verifying']);

export interface Round {
  readonly profile: string;
  /** has the folders `sources` and `downloads` */
  readonly root: string;
  readonly server: HttpServer;
  readonly number: number;
  /** from 0 to 1, repeatable by the seed */
  random(): number;
}

/** Uploads some files and downloads them again, with trouble on the server and sudden ends; resolves when nothing is open. @returns how often something was killed */
export async function playRound(round: Round): Promise<number> {
  const { root, server, number, random } = round;
  const folder = join(root, 'sources', `round-${number}`);
  for (let count = 1 + whole(random, 12); count > 0; count--) await makeFile(join(folder, `sub ${count % 3}`, `file ${count} é.bin`), sizeOf(random), `${number}/${count}`);
  const location = random() < 0.5 ? 'Soak folder' : 'Soak server';
  server.faults.set(...Array.from({ length: whole(random, 3) }, () => faultOf(random)));
  const killed = await endure(round, ['upload', folder, `${location}:/`, '--transfers', '3']);
  server.faults.set(...Array.from({ length: whole(random, 2) }, () => faultOf(random)));
  return killed + (await endure(round, ['download', `${location}:/round-${number}`, join(root, 'downloads')]));
}

/** Runs a command, perhaps only until it is killed; then windows go on with what it left, each but the last killed as well. */
async function endure({ profile, random }: Round, words: readonly string[]): Promise<number> {
  const child = spawn(executable(), [...rootSwitches, '--disable-gpu', '--log-level=3', '--profile', profile, ...words, '--json'], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  if (random() < 0.5) {
    await gone;
    return 0;
  }
  let kills = 1;
  await Promise.race([sleep(300 + whole(random, 2500)), gone]);
  child.kill('SIGKILL');
  await gone;
  while (random() < 0.3) {
    const app = await launchApp({ profile });
    await sleep(whole(random, 1500));
    await app.kill();
    kills += 1;
  }
  const app = await launchApp({ profile });
  while ((await transferRows(profile)).some(({ state }) => OPEN.has(state))) await sleep(500);
  await app.close();
  return kills;
}

function sizeOf(random: () => number): number {
  const kind = random();
  if (kind < 0.1) return 0;
  if (kind < 0.7) return whole(random, 200_000);
  return kind < 0.95 ? whole(random, 20_000_000) : whole(random, 300_000_000);
}

function faultOf(random: () => number): FaultRule {
  const times = 1 + whole(random, 3);
  const after = whole(random, 1_000_000);
  const faults: readonly FaultRule[] = [
    { fault: { kind: 'status', status: 503 }, times },
    { fault: { kind: 'status', status: 507 }, method: 'PUT', times: 1 },
    { fault: { kind: 'cut', after }, times },
    { fault: { kind: 'lose answer' }, method: 'PUT', times },
    { fault: { kind: 'flip', at: 0 }, method: 'PUT', times: 1 },
    { fault: { kind: 'truncate', to: 1 }, method: 'PUT', times: 1 },
    { fault: { kind: 'slow', bytesPerSecond: 20_000_000 }, times: 5 },
    { fault: { kind: 'stall' }, times: 1 },
  ];
  return faults[whole(random, faults.length)] ?? { fault: { kind: 'cut', after } };
}

function whole(random: () => number, below: number): number {
  return Math.floor(random() * below);
}
