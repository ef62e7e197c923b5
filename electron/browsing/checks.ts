import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Checksum, type HashName, DEFAULT_HASH, checksumAlgorithm } from '../../shared/storage/checksum.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import type { Evidence } from '../../shared/storage/evidence.ts';
import type { FileInstance } from '../../shared/storage/file-instance.ts';
import type { LocationPath } from '../../shared/storage/path.ts';
import type { ChecksumResult, CompareResult } from '../../shared/ipc/views.ts';
import type { Database } from '../database/open-database.ts';
import { hashStream } from '../integrity/hash.ts';
import type { Locations } from '../locations/locations.ts';
import type { StorageLocation } from '../storage/storage-location.ts';
import { wrapError } from '../storage/wrap-error.ts';
import { isUnchanged } from './integrity-state.ts';
import type { Job } from './jobs.ts';

const READ_SIZE = 1024 * 1024;

export interface Place {
  readonly locationId: string;
  readonly path: LocationPath;
}

/** Later questions about a stored file: what is its digest, is it what I have here? */
export class Checks {
  readonly #locations: Locations;
  readonly #database: Database;

  constructor(locations: Locations, database: Database) {
    this.#locations = locations;
    this.#database = database;
  }

  /**
   * Digest of the stored bytes: computed by the storage, or by reading them back. When a receipt of the unchanged file knows that digest,
   * the answer is recorded as an audit, or as a mismatch.
   * @throws unsupported when the storage computes no such digest and reading back is not asked for
   */
  async checksum(place: Place, algorithm: HashName, readBack: boolean, job: Job): Promise<ChecksumResult> {
    const { location } = await this.#locations.connect(place.locationId);
    const file = await location.stat(place.path, { signal: job.signal });
    const found = await this.#digest(location, file, algorithm, readBack, job);
    if (found === null) throw new StorageError('unsupported', `This storage computes no ${algorithm} itself. The file can be read back and hashed here instead.`);
    const { evidence, contradicted } = await this.#compareWithReceipt(place, file, found);
    if (contradicted !== null) {
      throw new StorageError('checksum_mismatch', `The stored bytes are ${found.checksum} now, but ${contradicted} was proven before.`, { context: { expected: contradicted, found: found.checksum } });
    }
    return { checksum: found.checksum, evidence };
  }

  /** Compares a stored file with one of this computer, by the storage's digest if it has one, else by reading back if `mayReadBack`. */
  async compareLocal(place: Place, localPath: string, mayReadBack: boolean, job: Job): Promise<CompareResult> {
    const { location } = await this.#locations.connect(place.locationId);
    const file = await location.stat(place.path, { signal: job.signal });
    const offered = location.capabilities.serverDigest;
    const algorithm = offered.includes(DEFAULT_HASH) ? DEFAULT_HASH : (offered[0] ?? DEFAULT_HASH);
    const local = await hashLocal(localPath, algorithm, job);
    const result = { localName: basename(localPath), local, remote: { size: file.size, checksum: null, evidence: null } };
    if (file.size !== null && file.size !== local.size) return { ...result, verdict: 'mismatch', reason: `The sizes differ: ${local.size} bytes here, ${file.size} bytes stored.` };
    const told = await this.#digest(location, file, algorithm, false, job);
    if (told === null) {
      const { verdict, why } = await location.file(file.path).compareWith({ size: local.size, open: () => Promise.resolve(createReadStream(localPath, { highWaterMark: READ_SIZE })) }, { signal: job.signal });
      if (verdict !== 'cannot tell') return { ...result, verdict, reason: why };
    }
    const found = told ?? (mayReadBack ? await this.#digest(location, file, algorithm, true, job) : null);
    if (found === null) return { ...result, verdict: 'cannot tell', reason: 'The sizes are equal, but this storage computes no digest and reading back was not allowed.' };
    const { evidence, contradicted, known } = await this.#compareWithReceipt(place, file, found);
    const verdict = found.checksum === local.checksums[algorithm] ? 'match' : 'mismatch';
    if (verdict === 'match' && !known) await this.#remember(place, file, found.checksum, evidence);
    const who = evidence.by === 'server' ? 'the storage computed' : 'reading back gave';
    const outcome = verdict === 'match' ? `Same ${algorithm}; ${who} the stored file’s.` : `The ${algorithm} digests differ; ${who} the stored file’s.`;
    const drift = contradicted === null ? '' : ` The stored file is not what was proven before: ${contradicted}.`;
    return { ...result, remote: { size: file.size, checksum: found.checksum, evidence }, verdict, reason: outcome + drift };
  }

  async #digest(location: StorageLocation, file: FileInstance, algorithm: HashName, readBack: boolean, job: Job): Promise<ChecksumResult | null> {
    const backend = location.file(file.path);
    const at = () => new Date().toISOString();
    try {
      if (readBack) {
        const stream = await backend.open({ signal: job.signal });
        const { size, checksums } = await hashStream(stream, [algorithm], { signal: job.signal, onBytes: (bytes) => job.onProgress(bytes, file.size) });
        const checksum = checksums[algorithm];
        return checksum === undefined ? null : { checksum, evidence: { level: 3, algorithm, by: 'holdfast', at: at(), value: checksum, size } };
      }
      if (!backend.asksStorage || !location.capabilities.serverDigest.includes(algorithm)) return null;
      const checksum = await backend.checksum({ algorithm, signal: job.signal });
      if (checksum === null || checksumAlgorithm(checksum) !== algorithm) return null;
      return { checksum, evidence: { level: 2, algorithm, by: 'server', at: at(), value: checksum, size: file.size ?? 0 } };
    } catch (error) {
      throw wrapError(error, `hash ${file.path}`);
    }
  }

  /** Records an audit or a mismatch when an earlier proof of the unchanged file has a digest of that algorithm. `known`: there is such an earlier proof, of whatever algorithm. */
  async #compareWithReceipt(place: Place, file: FileInstance, { checksum, evidence }: ChecksumResult): Promise<{ readonly evidence: Evidence; readonly contradicted: Checksum | null; readonly known: boolean }> {
    const state = (await this.#database.fileStates.forPaths(place.locationId, [place.path])).get(place.path);
    const expected = state?.kind === 'proven' ? state.checksum : (state?.expected ?? null);
    if (state === undefined || expected === null || !isUnchanged(file, state)) return { evidence, contradicted: null, known: false };
    if (checksumAlgorithm(expected) !== checksumAlgorithm(checksum)) return { evidence, contradicted: null, known: true };
    if (expected === checksum) {
      const audited: Evidence = { ...evidence, level: 4 };
      await this.#remember(place, file, checksum, audited);
      return { evidence: audited, contradicted: null, known: true };
    }
    await this.#database.fileStates.record({ ...place, size: file.size, modified: file.modified, kind: 'mismatch', level: evidence.level, algorithm: null, checksum, expected, found: checksum, at: evidence.at });
    return { evidence, contradicted: expected, known: true };
  }

  async #remember(place: Place, file: FileInstance, checksum: Checksum, { level, algorithm, at }: Evidence): Promise<void> {
    await this.#database.fileStates.record({ ...place, size: file.size, modified: file.modified, kind: 'proven', level, algorithm, checksum, expected: null, found: null, at });
  }
}

async function hashLocal(path: string, algorithm: HashName, job: Job): Promise<CompareResult['local']> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw new StorageError('invalid_location', `${path} is not a file: choose a file to compare with.`);
    const total = stats.size;
    return await hashStream(createReadStream(path, { highWaterMark: READ_SIZE, signal: job.signal }), [algorithm], { signal: job.signal, onBytes: (bytes) => job.onProgress(bytes, total) });
  } catch (error) {
    throw wrapError(error, `read ${path}`);
  }
}
