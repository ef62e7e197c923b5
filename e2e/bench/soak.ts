import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cli } from '../harness/cli.ts';
import { HttpServer } from '../servers/http-server.ts';
import { playRound } from './soak-round.ts';
import { judge } from './soak-verdict.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Long work with trouble, and at the end everything is looked at. @returns whether all was as promised */
async function soak(): Promise<boolean> {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } } });
  const until = Date.now() + Number(values.minutes) * 60_000;
  say(`Soaking for ${values.minutes} minutes; again with  npm run soak -- --minutes ${values.minutes} --seed ${values.seed}  (the moments depend on the machine too)`);
  const root = await mkdtemp(join(tmpdir(), 'holdfast-soak-'));
  const server = await HttpServer.start();
  const profile = join(root, 'profile');
  const random = generator(Number(values.seed));
  try {
    for (const folder of ['store', 'sources', 'downloads']) await mkdir(join(root, folder));
    await added(profile, 'Soak folder', ['--backend', 'local', '--uri', join(root, 'store')]);
    await added(profile, 'Soak server', ['--backend', 'http', '--uri', server.url(), '--option', 'timeout=3']);
    let kills = 0;
    let rounds = 0;
    while (Date.now() < until) {
      kills += await playRound({ profile, root, server, number: rounds, random });
      rounds += 1;
      if (rounds % 10 === 0) say(`${rounds} rounds, killed ${kills} times`);
    }
    server.faults.clear();
    const { proven, failed, skipped, problems } = await judge(profile, [join(root, 'store'), join(root, 'sources'), join(root, 'downloads')], server);
    const reasons = Object.entries(failed).map(([code, count]) => `${count} ${code}`).join(', ');
    say(`${rounds} rounds, killed ${kills} times: ${proven} files proven, ${skipped} skipped, failed with a reason: ${reasons === '' ? 'none' : reasons}`);
    say(problems.length === 0 ? 'Every file has one receipt, equal bytes at both ends, and nothing lies about.' : `${problems.length} problems:\n${problems.join('\n')}`);
    return problems.length === 0;
  } finally {
    await server.stop();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function added(profile: string, name: string, options: readonly string[]): Promise<void> {
  const { code, stderr } = await cli(profile, ['locations', 'add', name, ...options]);
  if (code !== 0) throw new Error(`The location ${name} could not be added:\n${stderr}`);
}

/** Numbers from 0 to 1 that are the same for the same seed (a linear congruence with the constants of Numerical Recipes). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

process.exitCode = (await soak()) ? 0 : 1;
