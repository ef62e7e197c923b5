import path from 'node:path';
import { Readable } from 'node:stream';
import { StorageError } from '../../shared/storage/errors.ts';
import type { Evidence, Resumption } from '../../shared/storage/evidence.ts';
import type { FileInstance } from '../../shared/storage/file-instance.ts';
import type { LocationPath } from '../../shared/storage/path.ts';
import type { StorageBackend } from '../storage/storage-backend.ts';
import type { StorageLocation } from '../storage/storage-location.ts';
import { adoptStored, withNote } from './adopt.ts';
import type { Job, JobResult, Ports } from './job.ts';
import { lookOf, resumption } from './leftover.ts';
import { pathBelow } from './local-target.ts';
import { placeFile } from './place-file.ts';
import { askServer, downloadAlgorithms, proveDownload, stillKnown } from './prove-download.ts';

const READ_BACK_NOTE = 'The file written here was read back and is the same.';

/** Fetches one file of a location into a folder of this computer. */
export async function performDownload(job: Job, ports: Ports): Promise<JobResult> {
  const { signal, onProgress, onRung } = ports;
  const { config, location } = await ports.connect(job.locationId);
  const before = await lookAt(location, job.source, signal);
  const file = fileOf(location, before);
  const target = await ports.localFolder(job.root);
  const known = stillKnown(job.known, before);
  const algorithms = downloadAlgorithms(file, known, job.options.algorithms ?? []);
  const policy = job.options.proof ?? config.proof;
  let evidence: readonly Evidence[] = [];
  let after = before;
  let resumed: () => readonly Resumption[] = () => [];
  const size = before.size ?? undefined;
  const modified = before.modified === null ? undefined : new Date(before.modified);
  const destination = pathBelow(path, job.root, job.destination);

  await ports.makeParents(target, destination);
  const placed = await placeFile({
    job, location: target, path: destination, size: before.size, signal,
    save: async (name, overwrite) => {
      const { resume, wentOn } = await resumption(target, { leftover: job.leftover, keep: ports.onLeftover }, name, before.size, lookOf(before));
      resumed = wentOn;
      const stream = await openFrom(file, target.file(name), resume?.token ?? null, signal);
      // The storage looks at its bytes while this computer reads back its own.
      const answer = once(() => askServer(file, signal));
      stream.once('end', () => void answer().catch(() => undefined));
      const saved = await target
        .file(name)
        .save(stream, {
          size, modified, overwrite, algorithms, resume, signal, onProgress, onRung, pace: ports.bandwidth?.pace('down'),
          sizeLimit: job.options.sizeLimit,
          proof: { minimum: policy.minimum === 0 ? 0 : 3, readBack: policy.readBack },
          beforeCommit: async (written) => {
            after = await lookAt(location, job.source, signal);
            requireSame(before, after);
            onRung('server digest');
            evidence = await proveDownload(file, written, known, answer());
          },
        })
        .catch((error: unknown) => rethrowShort(error, before, location, signal));
      if (saved.evidence.some(({ level }) => level === 3)) evidence = withNote(evidence, READ_BACK_NOTE);
      return saved;
    },
    adopt: async (name) => {
      const local = target.file(name);
      const stored = await target.stat(name, { signal });
      if (before.size === null || stored.size !== before.size) return null;
      const adopted = await adoptStored(local, before.size, () => file.open({ signal }), { algorithms, signal, onProgress, onRung });
      if (adopted === null) return null;
      after = await lookAt(location, job.source, signal);
      requireSame(before, after);
      evidence = withNote(await proveDownload(file, adopted, known, askServer(file, signal)), 'Found here after an interruption and compared.');
      return adopted;
    },
  });
  if (placed.kind !== 'stored') return placed;
  const { result } = placed;
  const place = path.join(job.root, ...placed.path.split('/'));
  return {
    kind: 'stored',
    source: { endpoint: { kind: 'location', locationId: job.locationId, path: job.source }, uri: before.uri, size: result.size, modifiedBefore: before.modified, modifiedAfter: after.modified },
    destination: { endpoint: { kind: 'local', path: place }, locationName: config.name, uri: result.uri, versionId: null },
    place,
    size: result.size,
    checksums: result.checksums,
    evidence,
    resumed: resumed(),
    proven: evidence.some(({ level }) => level >= 2) ? { path: job.source, size: before.size, modified: before.modified } : null,
  };
}

/** The stored file from its first byte on; what an earlier try fetched already comes from this computer. */
async function openFrom(file: StorageBackend, local: StorageBackend, token: string | null, signal: AbortSignal): Promise<Readable> {
  const kept = token === null || !file.context.capabilities.rangeRead ? null : await local.kept(token, { signal });
  if (kept === null || kept.size === 0) return file.open({ signal });
  const rest = await file.open({ start: kept.size, signal });
  async function* joined(here: Readable): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of here) yield chunk as Uint8Array;
      for await (const chunk of rest) yield chunk as Uint8Array;
    } finally {
      here.destroy();
      rest.destroy();
    }
  }
  return Readable.from(joined(await kept.open()), { objectMode: false, highWaterMark: 1024 * 1024 });
}

function once<T>(action: () => Promise<T>): () => Promise<T> {
  let begun: Promise<T> | undefined;
  return () => (begun ??= action());
}

async function lookAt(location: StorageLocation, place: LocationPath, signal: AbortSignal): Promise<FileInstance> {
  const found = await location.stat(place, { signal });
  if (found.kind === 'file') return found;
  throw new StorageError('source_changed', `${place} is a folder now, but was a file when it was queued.`, { retryable: false, context: { path: place } });
}

function fileOf(location: StorageLocation, { path: place, size, modified }: FileInstance): StorageBackend {
  return location.file(place, { ...(size !== null && { size }), ...(modified !== null && { modified: new Date(modified) }) });
}

function requireSame(before: FileInstance, after: FileInstance): void {
  if (before.size === after.size && before.modified === after.modified) return;
  throw new StorageError('source_changed', `${before.path} changed in the storage while it was being read.`, { context: { path: before.path } });
}

/** Fewer or more bytes than announced: the stored file changed, or the connection ended early and a new try may get them all. */
async function rethrowShort(error: unknown, before: FileInstance, location: StorageLocation, signal: AbortSignal): Promise<never> {
  if (error instanceof StorageError && error.code === 'size_mismatch' && error.context['side'] === 'source') {
    requireSame(before, await lookAt(location, before.path, signal));
    throw new StorageError(error.code, error.message, { cause: error, retryable: true, context: error.context });
  }
  throw error;
}
