import type { Capabilities } from '../../../../shared/storage/capabilities.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileInstance } from '../../../../shared/storage/file-instance.ts';
import type { ProbeReport } from '../../../../shared/storage/location.ts';
import { type LocationPath, parseLocationPath } from '../../../../shared/storage/path.ts';
import type { KnownFile, OperationOptions } from '../../storage-backend.ts';
import { StorageLocation } from '../../storage-location.ts';
import { TusBackend } from './backend.ts';
import type { TusContext } from './context.ts';
import { probeServer } from './probe.ts';
import { UPLOAD_ONLY, reportLines } from './report.ts';
import type { Findings } from './probe.ts';

/** A tus server: files go in, and each is known by its address to the object alone that saved it. */
export class TusLocation extends StorageLocation {
  readonly #context: TusContext;
  readonly #token: boolean;

  /** @param token the requests carry one */
  constructor(context: TusContext, token: boolean) {
    super();
    this.#context = context;
    this.#token = token;
  }

  get capabilities(): Capabilities {
    return this.#context.capabilities;
  }

  override get findings(): Findings {
    return this.#context.findings;
  }

  override list(path: LocationPath): AsyncIterable<readonly FileInstance[]> {
    throw this.#uploadOnly(path);
  }

  override stat(path: LocationPath): Promise<FileInstance> {
    return this.#refuse(path);
  }

  override makeDirectory(path: LocationPath): Promise<void> {
    return this.#refuse(path);
  }

  override move(from: LocationPath, to: LocationPath): Promise<void> {
    return this.#refuse(from, to);
  }

  override remove(path: LocationPath): Promise<void> {
    return this.#refuse(path);
  }

  override file(path: LocationPath, known?: KnownFile): TusBackend {
    const checked = parseLocationPath(path);
    if (checked === '') throw new StorageError('invalid_location', 'The root of a location is a folder: expected a file.');
    return new TusBackend(this.#context, checked, known);
  }

  override async probe({ signal }: OperationOptions = {}): Promise<ProbeReport> {
    const { client } = this.#context;
    return { ok: true, lines: reportLines(await probeServer(client, signal), client.endpoint, this.#token) };
  }

  override close(): Promise<void> {
    return this.#context.client.close();
  }

  async #refuse(...paths: readonly LocationPath[]): Promise<never> {
    await Promise.resolve();
    for (const path of paths) parseLocationPath(path);
    throw this.#uploadOnly(paths[0] ?? '');
  }

  #uploadOnly(path: LocationPath): StorageError {
    return new StorageError('unsupported', `${UPLOAD_ONLY}: ${JSON.stringify(parseLocationPath(path))}.`, { context: { path } });
  }
}
