import { basename, dirname } from 'node:path';
import { StorageError } from '../../shared/storage/errors.ts';
import type { Evidence } from '../../shared/storage/evidence.ts';
import type { FileVersion } from '../../shared/storage/file-instance.ts';
import { DEFAULT_PROOF_POLICY } from '../../shared/storage/evidence.ts';
import type { SavedVersion, VersionList } from '../../shared/ipc/views.ts';
import type { Locations } from '../locations/locations.ts';
import { localBackend } from '../storage/backends/local/definition.ts';
import { askServer, downloadAlgorithms, proveDownload } from '../transfers/prove-download.ts';
import type { Place } from './checks.ts';
import type { Job } from './jobs.ts';

/** Versions in one answer; a file that has more says so. */
const MOST_VERSIONS = 1000;

/** Earlier versions of stored files: which there are, and one of them as a file of this computer. */
export class StoredVersions {
  readonly #locations: Locations;

  constructor(locations: Locations) {
    this.#locations = locations;
  }

  /** Newest first. @throws unsupported where the storage keeps none; not_found */
  async list({ locationId, path }: Place, signal?: AbortSignal): Promise<VersionList> {
    const { location } = await this.#locations.connect(locationId);
    const versions: FileVersion[] = [];
    for await (const page of location.versions(path, { signal })) {
      versions.push(...page);
      if (versions.length > MOST_VERSIONS) break;
    }
    return { versions: versions.slice(0, MOST_VERSIONS), more: versions.length > MOST_VERSIONS };
  }

  /**
   * Writes one version to a file of this computer, under a partial name until it is whole, read back, and compared with the storage's own
   * digest where there is one. @param target absolute; a file there is replaced only when `overwrite`
   * @throws checksum_mismatch, not_found, already_exists, ... and then nothing was published
   */
  async save({ locationId, path }: Place, versionId: string, target: string, { overwrite, job }: { readonly overwrite: boolean; readonly job: Job }): Promise<SavedVersion> {
    const { signal, onProgress } = job;
    const { location } = await this.#locations.connect(locationId);
    const version = await this.#find({ locationId, path }, versionId, signal);
    const { size, modified } = version;
    const file = location.file(path, { versionId, ...(size !== null && { size }), ...(modified !== null && { modified: new Date(modified) }) });
    const folder = await localBackend.connect({ uri: dirname(target), options: {}, secret: null, proof: DEFAULT_PROOF_POLICY, sizeLimit: null }, { signal });
    try {
      let evidence: readonly Evidence[] = [];
      const saved = await folder.file(basename(target)).save(await file.open({ signal }), {
        overwrite, signal, algorithms: downloadAlgorithms(file, null, []),
        size: size ?? undefined,
        modified: modified === null ? undefined : new Date(modified),
        proof: { minimum: 3, readBack: 'always' },
        onProgress: ({ bytes, total }) => onProgress(bytes, total),
        beforeCommit: async (written) => {
          evidence = await proveDownload(file, written, null, askServer(file, signal));
        },
      });
      return { name: basename(target), size: saved.size, checksum: saved.checksum, evidence };
    } finally {
      await folder.close();
    }
  }

  async #find(place: Place, versionId: string, signal: AbortSignal): Promise<FileVersion> {
    const { versions } = await this.list(place, signal);
    const version = versions.find((one) => one.versionId === versionId);
    if (version === undefined) throw new StorageError('not_found', `${place.path} has no version ${JSON.stringify(versionId)}; what versions it has is listed with it.`, { context: { path: place.path } });
    if (version.deleteMarker) throw new StorageError('unsupported', `The version ${JSON.stringify(versionId)} of ${place.path} is the note that it was deleted; there are no bytes to fetch.`, { context: { path: place.path } });
    return version;
  }
}
