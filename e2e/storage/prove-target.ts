import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Capabilities } from '../../shared/storage/capabilities.ts';
import { makeFile, sha256 } from '../harness/files.ts';
import { startFaultProxy } from '../servers/fault-proxy.ts';
import { Holdfast } from './holdfast.ts';
import { Onlooker, type Sight } from './look.ts';
import { type Refused, refusedAddresses } from './refusals.ts';
import { type CutResult, type Moved, type Site, type Source, capabilitiesOf, download, remove, upload, whileCut } from './scenarios.ts';
import type { StorageTarget } from './target.ts';

export interface Cut extends CutResult {
  readonly direction: 'up' | 'down';
  readonly percent: number;
}

/** What was found about one kind of storage on one server. */
export interface TargetRecord {
  readonly title: string;
  readonly version: string;
  readonly size: number;
  readonly cutSize: number;
  readonly capabilities: Capabilities;
  readonly upload: Moved;
  /** null: the storage gives nothing back, so no download was tried, cut or changed */
  readonly download: Moved | null;
  /** how it was seen what is stored after an upload */
  readonly sight: Sight;
  readonly cuts: readonly Cut[];
  /** how an upload and a download ended of which one byte was changed on the way */
  readonly flips: readonly { readonly direction: 'up' | 'down'; readonly outcome: string }[];
  /** what was said to addresses that cannot work */
  readonly refusals: readonly Refused[];
  /** highest memory of all, in bytes */
  readonly peak: number;
  /** what is not as promised; empty when all is */
  readonly problems: readonly string[];
}

export interface ProveOptions {
  /** bytes */
  readonly size: number;
  /** bytes of the file on whose way the line is cut and a byte changed; absent: as many */
  readonly cutSize?: number;
  readonly cutAt: readonly number[];
}

/** A cut may cost so many bytes of what went over already: one part of the largest kind, what lay in the buffers of the two computers, and what the protocol adds. */
const mayCost = (size: number): number => 24 * 1024 * 1024 + size * 0.03;

/** Uploads and downloads a file through a proxy that cuts the line and changes bytes, and looks at everything that is claimed. */
export async function proveTarget(target: StorageTarget, { size, cutAt, cutSize = size }: ProveOptions): Promise<TargetRecord> {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-storage-'));
  const running = await target.start();
  const proxy = await startFaultProxy({ target: running.port });
  const app = new Holdfast(join(root, 'profile'));
  const site: Site = { app, location: 'Target', proxy, downloads: join(root, 'downloads') };
  const problems: string[] = [];
  const expect = (ok: boolean, problem: string): void => {
    if (!ok) problems.push(problem);
  };
  try {
    await mkdir(site.downloads);
    const source = await makeSource(join(root, 'film.mov'), size);
    const toCut = cutSize === size ? source : await makeSource(join(root, 'reel.mov'), cutSize);
    const added = await app.add(site.location, running.address(proxy.port));
    if (added.code !== 0) throw new Error(`${target.title} could not be added: ${added.stderr}`);
    const capabilities = await capabilitiesOf(site);
    const refusals = await refusedAddresses(app, running, proxy.port);
    for (const { what, problem } of refusals) expect(problem === null, `${what}: ${problem}`);

    const eyes = new Onlooker(capabilities.read, running.disk);
    const up = await upload(site, source);
    expect(up.code === 0 || up.code === 4, `the upload ended with ${up.code}: ${up.errors.join(' ')}`);
    expect(up.code !== 0 || (up.level ?? 0) >= 2, `the upload ended well with level ${up.level}`);
    const down = capabilities.read ? await download(site, source) : null;
    const requireStored = async (file: Source, what: string): Promise<void> => {
      if (capabilities.read) return;
      const stored = await eyes.look(site, file);
      expect(stored === 'same' || stored === 'unseen', `${what} ended well, but ${stored === 'other' ? 'other bytes lie' : 'nothing lies'} with the server`);
      await eyes.clear();
    };
    await requireStored(source, 'the upload');
    expect(down === null || down.same === true, `the download gave ${down?.same === null ? 'nothing' : 'other bytes'}: ${down?.errors.join(' ') ?? ''}`);

    const cuts: Cut[] = [];
    const flips: TargetRecord['flips'][number][] = [];
    if (target.beside !== true) {
      for (const percent of cutAt) {
        for (const direction of ['up', 'down'] as const) {
          if (direction === 'down' && !capabilities.read) continue;
          const cut = { ...(await whileCut<Moved & { readonly same?: boolean | null }>(site, direction, (cutSize * percent) / 100, cutSize, () => (direction === 'up' ? upload(site, toCut) : download(site, toCut)))), direction, percent };
          cuts.push(cut);
          const what = `${direction === 'up' ? 'the upload' : 'the download'} that was cut at ${percent} %`;
          expect(cut.code === 0 || cut.code === 4, `${what} ended with ${cut.code}: ${cut.errors.join(' ')}`);
          expect(cut.same !== false, `${what} gave other bytes`);
          if (direction === 'up') await requireStored(toCut, what);
          const goesOn = direction === 'up' ? capabilities.resume : capabilities.rangeRead;
          if (!goesOn) continue;
          expect(cut.resumed.length > 0 || cut.attempts === 1, `${what} began anew`);
          expect(cut.extra <= mayCost(cutSize), `${what} cost ${mib(cut.extra)} more than the file`);
        }
      }
      for (const direction of ['up', 'down'] as const) {
        if (direction === 'down' && !capabilities.read) continue;
        flips.push({ direction, outcome: await flipped(site, toCut, direction, { eyes, expect }) });
      }
    }
    const peak = Math.max(up.peak, down?.peak ?? 0, ...cuts.map((cut) => cut.peak));
    return { title: target.title, version: running.version, size, cutSize, capabilities, upload: up, download: down, sight: eyes.sight, cuts, flips, refusals, peak, problems };
  } finally {
    await proxy.stop();
    await running.stop();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function makeSource(path: string, size: number): Promise<Source> {
  await makeFile(path, size, 'film');
  return { path, name: basename(path), size, digest: await sha256(path) };
}

interface Judge {
  readonly eyes: Onlooker;
  expect(ok: boolean, problem: string): void;
}

/** One byte of one connection is another one; what is claimed afterwards must be true. */
async function flipped(site: Site, source: Source, direction: 'up' | 'down', { eyes, expect }: Judge): Promise<string> {
  const { proxy } = site;
  proxy.set({ [direction]: { flipAt: Math.floor(Math.min(source.size, 8 * 1024 * 1024) * 0.4) }, times: 1 });
  const what = `the ${direction === 'up' ? 'upload' : 'download'} of which a byte was changed`;
  if (direction === 'down') {
    const moved = await download(site, source);
    proxy.clear();
    expect(moved.same !== false || (moved.code !== 0 && (moved.level ?? 0) === 0), `${what} delivered other bytes as level ${moved.level} (exit code ${moved.code})`);
    return moved.same === null ? outcomeOf(moved) : moved.same ? 'arrived right in the end' : 'delivered as size only';
  }
  await remove(site, source.name).catch(() => undefined);
  const moved = await upload(site, source);
  proxy.clear();
  const stored = await eyes.look(site, source);
  if (stored === 'unseen') return `exit code ${moved.code}, level ${moved.level ?? 'none'}; nobody could look at what is stored`;
  const right = stored === 'same';
  expect(moved.code !== 0 || right, `${what} ended well, but other bytes are stored`);
  expect(right || (moved.level ?? 0) === 0, `${what} claims level ${moved.level} for other bytes`);
  expect(moved.code === 0 || stored !== 'other', `${what} failed, but other bytes lie under the name`);
  if (!right && eyes.sight === 'by download') await upload(site, source);
  return right ? 'arrived right in the end' : outcomeOf(moved);
}

function outcomeOf({ code }: Moved): string {
  return code === 3 ? 'mismatch seen, nothing kept' : `ended with an error (exit code ${code})`;
}

export function mib(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
