import { pathToFileURL } from 'node:url';
import { StorageError } from '../../shared/storage/errors.ts';
import type { Resumption } from '../../shared/storage/evidence.ts';
import type { LocationPath } from '../../shared/storage/path.ts';
import type { StorageLocation } from '../storage/storage-location.ts';
import { adoptStored } from './adopt.ts';
import type { Job, JobResult, Ports, StoredFile } from './job.ts';
import { resumption } from './leftover.ts';
import { type LocalSource, inspectLocalSource } from './local-source.ts';
import { placeFile } from './place-file.ts';

/** Sends one file of this computer into a location. */
export async function performUpload(job: Job, ports: Ports): Promise<JobResult> {
  const { signal, onProgress, onRung } = ports;
  const source = await inspectLocalSource(job.source);
  const { config, location } = await ports.connect(job.locationId);
  const { algorithms = [], proof, sizeLimit } = job.options;
  const tries = { leftover: job.leftover, keep: ports.onLeftover };
  let resumed: () => readonly Resumption[] = () => [];
  await ports.makeParents(location, job.destination);
  const placed = await placeFile({
    job, location, path: job.destination, size: source.size, signal,
    save: async (path, overwrite) => {
      const { resume, wentOn } = await resumption(location, tries, path, source.size, null);
      resumed = wentOn;
      const stream = await source.open();
      return location
        .file(path)
        .save(stream, {
          size: source.size, modified: source.modified, mode: source.mode, overwrite, sizeLimit, proof, algorithms, resume, signal, onProgress, onRung, pace: ports.bandwidth?.pace('up'), readBackPace: ports.bandwidth?.pace('down'),
          beforeCommit: async () => {
            await source.requireUnchanged();
          },
        })
        .catch((error: unknown) => rethrowShort(error, source));
    },
    adopt: async (path) => {
      const adopted = await adoptStored(location.file(path), source.size, () => source.open(), { algorithms, proof, signal, onProgress, onRung });
      if (adopted !== null) await source.requireUnchanged();
      return adopted;
    },
  });
  if (placed.kind !== 'stored') return placed;
  const { result, path } = placed;
  return {
    kind: 'stored',
    source: {
      endpoint: { kind: 'local', path: job.source },
      uri: pathToFileURL(job.source).href,
      size: source.size,
      modifiedBefore: source.modified.toISOString(),
      modifiedAfter: source.modified.toISOString(),
    },
    destination: { endpoint: { kind: 'location', locationId: job.locationId, path }, locationName: config.name, uri: result.uri, versionId: result.versionId },
    place: path,
    size: result.size,
    checksums: result.checksums,
    evidence: result.evidence,
    resumed: resumed(),
    proven: result.modified === undefined ? await seen(location, path, result.size) : { path, size: result.size, modified: result.modified },
  };
}

/** A source that gave fewer or more bytes than it had before is one that changed. */
async function rethrowShort(error: unknown, source: LocalSource): Promise<never> {
  if (error instanceof StorageError && error.code === 'size_mismatch' && error.context['side'] === 'source') await source.requireUnchanged();
  throw error;
}

/** The file is stored and proven; that the storage cannot say its time now must not undo this. */
async function seen(location: StorageLocation, path: LocationPath, size: number): Promise<StoredFile> {
  try {
    const { modified } = await location.stat(path);
    return { path, size, modified };
  } catch {
    return { path, size, modified: null };
  }
}
