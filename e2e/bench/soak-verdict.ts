import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Receipt } from '../../shared/transfers/transfer.ts';
import { cli } from '../harness/cli.ts';
import { listTree, sha256 } from '../harness/files.ts';
import type { HttpServer } from '../servers/http-server.ts';

/** A row of `transfers list`. */
interface Row {
  readonly id: string;
  readonly direction: 'upload' | 'download';
  readonly source: string;
  readonly destination: string;
  readonly state: string;
  readonly skipped?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface Verdict {
  readonly proven: number;
  readonly failed: Readonly<Record<string, number>>;
  readonly skipped: number;
  readonly problems: readonly string[];
}

export async function transferRows(profile: string): Promise<readonly Row[]> {
  return (await cli(profile, ['transfers', 'list'])).rows as unknown as readonly Row[];
}

/** Looks at everything that is left when all is over: each file proven or failed with a reason, a receipt for each, equal bytes, nothing lying about. */
export async function judge(profile: string, folders: readonly string[], server: HttpServer): Promise<Verdict> {
  const rows = await transferRows(profile);
  const receipts = (await cli(profile, ['receipts', 'list'])).rows as unknown as readonly Receipt[];
  const problems: string[] = [];
  const failed: Record<string, number> = {};
  let proven = 0;
  let skipped = 0;
  for (const row of rows) {
    const { id, destination, state, error } = row;
    const found = receipts.filter(({ transferId }) => transferId === id);
    const stored = state === 'done' && row.skipped === undefined;
    if (found.length !== (stored ? 1 : 0)) problems.push(`${found.length} receipts for ${destination}, which is ${state}`);
    if (stored) proven += 1;
    else if (state === 'done') skipped += 1;
    else if (state === 'failed' && error !== undefined && error.message !== '') failed[error.code] = (failed[error.code] ?? 0) + 1;
    else problems.push(`${destination} is ${state} without a reason`);
    for (const receipt of found) problems.push(...(await differences(receipt, server)));
  }
  for (const folder of folders) problems.push(...(await listTree(folder)).filter((path) => /(^|\/)\.holdfast-/.test(path)).map((path) => `left over: ${folder}/${path}`));
  problems.push(...(await server.residue()).filter((path) => /^left over|\.holdfast-/.test(path)));
  return { proven, failed, skipped, problems };
}

/** What was promised in a receipt against the bytes of both ends. */
async function differences({ source, destination, checksums, size }: Receipt, server: HttpServer): Promise<readonly string[]> {
  const promised = checksums.sha256?.slice('sha256:'.length);
  const ends = await Promise.all([source.uri, destination.uri].map(async (uri) => {
    const path = uri.startsWith('file:') ? fileURLToPath(uri) : server.store.get(decodeURIComponent(new URL(uri).pathname.slice(1)))?.blob;
    if (path === undefined) return `${uri} is not there`;
    const length = await stat(path).then((stats) => stats.size, () => null);
    if (length === null) return `${uri} is not there`;
    return length === size && (await sha256(path)) === promised ? null : `${uri} differs from its receipt`;
  }));
  return ends.filter((problem) => problem !== null);
}
