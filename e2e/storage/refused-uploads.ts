import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { RESUME_FROM } from '../../electron/transfers/leftover.ts';
import { makeFile, sha256 } from '../harness/files.ts';
import type { Holdfast } from './holdfast.ts';
import { type Refused, outcomeOf, problemOf } from './refusals.ts';
import { type Address, type RefusedUpload, type RunningTarget, SMALL } from './target.ts';

const NAME = 'film.mov';
/** No storage keeps a name of so many bytes in one piece. */
const LONG_NAME = 'n'.repeat(300);

/** Uploads that cannot end well: each must end with the right code and exit code, a sentence and a next step; the source and what is stored stay as they were. */
export async function refusedUploads(app: Holdfast, running: RunningTarget, port: number): Promise<readonly Refused[]> {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-refused-'));
  const refused: Refused[] = [];
  try {
    const tried = [tooLong(running.address(port)), ...(running.refusedUploads?.(port) ?? [])];
    for (const upload of tried) {
      const source = await makeFile(join(root, NAME), upload.size ?? SMALL, 'refused');
      refused.push(await refusedUpload(app, upload, source, `Upload ${refused.length}`));
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return refused;
}

/** Refused before anything is asked, so nothing is looked at with the server. */
function tooLong(address: Address): RefusedUpload {
  return { failure: 'name too long', what: 'a folder with a name of 300 bytes', address, folder: LONG_NAME, codes: ['invalid_location'], says: /has 300 bytes; at most 255 are possible/, exit: 1, stored: () => Promise.resolve([]) };
}

async function refusedUpload(app: Holdfast, { failure, what, address, size, folder = '', replaces, codes, says, exit = 2, stored }: RefusedUpload, source: string, name: string): Promise<Refused> {
  const added = await app.add(name, address);
  if (added.code !== 0) return { failure, what, ...outcomeOf(added, added.rows.find(({ type }) => type === 'error')?.['error'], address), problem: `the location could not be added: ${added.stderr}` };
  const target = `${name}:/${folder === '' ? '' : `${folder}/`}`;
  if (replaces) await storeSmall(app, dirname(source), target);
  const before = { digest: await sha256(source), modified: (await stat(source)).mtimeMs, stored: await stored() };
  const ran = await app.run(['upload', source, target, ...(replaces ? ['--conflict', 'overwrite'] : [])], 180_000);
  const outcome = outcomeOf(ran, ran.rows.find((row) => row['error'] !== undefined)?.['error'], address);
  const kept = (await stored()).filter((path) => !before.stored.includes(path));
  // What later tries could go on with goes when a person says so.
  if ((size ?? SMALL) >= RESUME_FROM && kept.every((path) => !path.startsWith(`${NAME} `) || path.endsWith(' begun'))) await app.run(['unfinished', name, '--discard-all']);
  const after = { digest: await sha256(source), modified: (await stat(source)).mtimeMs, stored: await stored() };
  await app.run(['locations', 'remove', name]);
  // Parts in S3 carry no mark: those of another process can be discarded only after a day, and until then a retry goes on with them.
  const left = after.stored.filter((path) => !before.stored.includes(path) && !((size ?? SMALL) >= RESUME_FROM && path.endsWith(' begun')));
  const gone = before.stored.filter((path) => !after.stored.includes(path));
  const problem =
    outcome.exit === 0 ? 'it was stored'
    : after.digest !== before.digest || after.modified !== before.modified ? 'the source was changed'
    : left.length > 0 ? `it left ${left.join(', ')} (${outcome.message})`
    : gone.length > 0 ? `${gone.join(', ')} went away`
    : problemOf(outcome, { codes, exits: [exit], says });
  return { failure, what, ...outcome, problem };
}

/** A file of the name that is uploaded later, with other bytes. */
async function storeSmall(app: Holdfast, folder: string, target: string): Promise<void> {
  const { code, stderr } = await app.run(['upload', await makeFile(join(folder, 'small', NAME), SMALL, 'small'), target]);
  if (code !== 0 && code !== 4) throw new Error(`A small file could not be stored at ${target}: ${stderr}`);
}
