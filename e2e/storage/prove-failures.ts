import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Holdfast } from './holdfast.ts';
import { type Refused, refusedAddresses, refusedCertificates } from './refusals.ts';
import { refusedUploads } from './refused-uploads.ts';
import { FAILURES, type Failure, type RunningTarget, type StorageTarget } from './target.ts';

/** How one kind of storage on one server fails. */
export interface FailureRecord {
  readonly title: string;
  readonly version: string;
  readonly refused: readonly Refused[];
  /** what cannot be had on this server, and why */
  readonly notHere: Readonly<Partial<Record<Failure, string>>>;
  /** what is not as promised; empty when all is */
  readonly problems: readonly string[];
}

/** Tries everything that must fail, and looks at what is said and what is left. */
export async function proveFailures(target: StorageTarget): Promise<FailureRecord> {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-failures-'));
  const running = await target.start();
  try {
    const app = new Holdfast(join(root, 'profile'));
    const refused = [...(await refusedAddresses(app, running, running.port)), ...(await refusedCertificates(app, running)), ...(await refusedUploads(app, running, running.port))];
    const problems = refused.filter(({ problem }) => problem !== null).map(({ what, problem }) => `${what}: ${problem}`);
    return { title: target.title, version: running.version, refused, notHere: running.notHere ?? {}, problems: [...problems, ...unspoken(refused, running)] };
  } finally {
    await running.stop();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Every failure is tried, or it is said why it cannot be had. */
function unspoken(refused: readonly Refused[], { notHere = {} }: RunningTarget): readonly string[] {
  return FAILURES.flatMap((failure) => {
    const tried = refused.some((one) => one.failure === failure);
    if (!tried && notHere[failure] === undefined) return [`${failure} was not tried, and nobody says why`];
    return tried && notHere[failure] !== undefined ? [`${failure} was tried, though it is said that it cannot be had: ${notHere[failure]}`] : [];
  });
}
