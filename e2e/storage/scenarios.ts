import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Capabilities } from '../../shared/storage/capabilities.ts';
import { type EvidenceLevel, evidenceLevel } from '../../shared/storage/evidence.ts';
import type { Receipt } from '../../shared/transfers/transfer.ts';
import { sha256 } from '../harness/files.ts';
import type { FaultProxy } from '../servers/fault-proxy.ts';
import type { Holdfast, Ran } from './holdfast.ts';

/** A command may take so long for so many bytes: 4 MB a second at the slowest, and a minute to spare. */
const limitFor = (bytes: number) => 60_000 + Math.ceil(bytes / 4000);

export interface Moved {
  readonly code: number;
  /** null when nothing is known */
  readonly level: EvidenceLevel | null;
  readonly algorithm: string | null;
  readonly resumed: Receipt['resumed'];
  /** tries; 1: a cut was mended within the first one */
  readonly attempts: number;
  readonly seconds: number;
  readonly peak: number;
  readonly errors: readonly string[];
}

/** What the receipt and the exit code say of one upload or download. */
function movedBy(ran: Ran, receipts: readonly Receipt[]): Moved {
  const [receipt] = receipts;
  const level = receipt === undefined ? null : evidenceLevel(receipt.evidence);
  return {
    code: ran.code,
    level,
    algorithm: receipt?.evidence.find((piece) => piece.level === level)?.algorithm ?? null,
    resumed: receipt?.resumed ?? [],
    attempts: receipt?.attempts ?? 0,
    seconds: ran.seconds,
    peak: ran.peak,
    errors: ran.rows.flatMap(({ error }) => (typeof error === 'object' && error !== null && 'message' in error ? [String(error.message)] : [])),
  };
}

export interface Site {
  readonly app: Holdfast;
  readonly location: string;
  readonly proxy: FaultProxy;
  /** a folder of this computer for what is fetched */
  readonly downloads: string;
}

export interface Source {
  readonly path: string;
  readonly name: string;
  readonly size: number;
  readonly digest: string;
}

/** Stores the source under its name. */
export async function upload(site: Site, source: Source, more: readonly string[] = []): Promise<Moved> {
  const before = (await newest(site, 1))[0]?.id;
  const ran = await site.app.run(['upload', source.path, `${site.location}:/`, '--conflict', 'overwrite', ...more], limitFor(source.size));
  return movedBy(ran, await since(site, before));
}

/** Fetches what is stored under the source's name. @returns `same`: these are the source's bytes; null: nothing was delivered */
export async function download(site: Site, source: Source): Promise<Moved & { readonly same: boolean | null }> {
  const before = (await newest(site, 1))[0]?.id;
  const ran = await site.app.run(['download', `${site.location}:/${source.name}`, site.downloads, '--conflict', 'overwrite'], limitFor(source.size));
  const path = join(site.downloads, source.name);
  const digest = await sha256(path).catch(() => null);
  await rm(path, { force: true });
  return { ...movedBy(ran, await since(site, before)), same: digest === null ? null : digest === source.digest };
}

export async function remove(site: Site, name: string): Promise<void> {
  const { code, stderr } = await site.app.run(['rm', `${site.location}:/${name}`]);
  if (code !== 0) throw new Error(`${name} could not be removed: ${stderr}`);
}

export interface CutResult extends Moved {
  /** bytes that went up (or came down) in all, over the size of the file */
  readonly extra: number;
}

/** Resets every connection once so many bytes have passed; the transfer then goes on by itself. */
export async function whileCut<T extends Moved>({ proxy }: Site, direction: 'up' | 'down', at: number, size: number, action: () => Promise<T>): Promise<T & CutResult> {
  proxy.resetCounts();
  const watching = new AbortController();
  const cutter = (async () => {
    while (!watching.signal.aborted && proxy.total[direction] < at) await sleep(2);
    if (!watching.signal.aborted) proxy.cutAll();
  })();
  try {
    const moved = await action();
    return { ...moved, extra: proxy.total[direction] - size };
  } finally {
    watching.abort();
    await cutter;
  }
}

/** What the storage says it can do, as `locations list` tells after `locations test`. */
export async function capabilitiesOf({ app, location }: Pick<Site, 'app' | 'location'>): Promise<Capabilities> {
  const { rows, code, stderr } = await app.run(['locations', 'test', location]);
  const found = rows.find(({ type }) => type === 'probe')?.['capabilities'];
  if (code !== 0 || found === undefined) throw new Error(`The location ${location} does not work: ${stderr}`);
  return found as Capabilities;
}

async function newest({ app }: Site, count: number): Promise<readonly Receipt[]> {
  const { rows } = await app.run(['receipts', 'list']);
  return (rows as unknown as readonly Receipt[]).toReversed().slice(0, count);
}

/** The receipts written since the one of that id, newest first. */
async function since(site: Site, id: string | undefined): Promise<readonly Receipt[]> {
  const all = await newest(site, 50);
  const end = all.findIndex((receipt) => receipt.id === id);
  return end < 0 ? all : all.slice(0, end);
}
