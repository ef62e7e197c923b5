import type * as AzureSdk from '@azure/storage-blob';
import type { BlockBlobClient, ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';
import { throwIfCanceled } from '../../http/connection-failure.ts';
import { uriOf } from '../../http/uri.ts';
import type { BlobAddress } from './address.ts';
import { blobName, blobPrefix } from './blob-name.ts';
import { type Credential, beginningOf, expiryOf, secretsOf } from './credential.ts';
import { azureError } from './errors.ts';
import { PipelineClient, type PipelineClientOptions } from './pipeline-client.ts';
import { PlainRequests } from './plain-requests.ts';

type Sdk = Pick<typeof AzureSdk, 'AnonymousCredential' | 'BlobSASPermissions' | 'ContainerClient' | 'SASProtocol' | 'StorageSharedKeyCredential' | 'generateBlobSASQueryParameters' | 'newPipeline'>;

/** MD5 of a body, Base64, to go with it: the SDK offers no `Content-MD5` for Put Blob. */
const TRANSIT_MD5 = new WeakMap<Uint8Array, string>();

export function withTransitMd5(body: Uint8Array, md5: Uint8Array): Uint8Array {
  TRANSIT_MD5.set(body, Buffer.from(md5).toString('base64'));
  return body;
}

/** The option by which requests of the SDK are canceled. */
export function stoppedBy(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** One container, as the SDK knows it, with its connections. Every failure of {@link AzureClient.ask} is a StorageError without secrets. */
export class AzureClient {
  readonly address: BlobAddress;
  readonly container: ContainerClient;
  /** the requests of which every file needs some */
  readonly plain: PlainRequests;
  readonly sdk: Sdk;
  /** what can sign links; null without an account key */
  readonly signer: StorageSharedKeyCredential | null;
  readonly #http: PipelineClient;
  readonly #credential: Credential;

  private constructor(sdk: Sdk, address: BlobAddress, credential: Credential, http: PipelineClient) {
    this.sdk = sdk;
    this.address = address;
    this.#http = http;
    this.#credential = credential;
    this.signer = credential.kind === 'key' ? new sdk.StorageSharedKeyCredential(credential.account, credential.key) : null;
    const pipeline = sdk.newPipeline(this.signer ?? new sdk.AnonymousCredential(), {
      httpClient: http,
      // Each try is ours to decide on: a commit that is repeated blindly would find its own blob in the way.
      retryOptions: { maxTries: 1 },
      userAgentOptions: { userAgentPrefix: 'Holdfast' },
    });
    pipeline.factories.push({
      create: (next) => ({
        sendRequest: (request) => {
          const md5 = request.body instanceof Uint8Array ? TRANSIT_MD5.get(request.body) : undefined;
          if (md5 !== undefined) request.headers.set('content-md5', md5);
          return next.sendRequest(request);
        },
      }),
    });
    const query = credential.kind === 'sas' ? `?${credential.query}` : '';
    const container = `${address.endpoint}/${encodeURIComponent(address.container)}`;
    this.container = new sdk.ContainerClient(container + query, pipeline);
    this.plain = new PlainRequests(http, container, credential);
  }

  /** Loads the SDK, which is large, only when somebody needs it. */
  static async create(address: BlobAddress, credential: Credential, network: Omit<PipelineClientOptions, 'origin'>): Promise<AzureClient> {
    return new AzureClient(await import('@azure/storage-blob'), address, credential, new PipelineClient({ ...network, origin: new URL(address.endpoint).origin }));
  }

  /** The name of the blob at a path of the location. @throws StorageError invalid_location */
  name(path: LocationPath): string {
    return blobName(this.address.folder, path);
  }

  /** The blob at a path of the location. @throws StorageError invalid_location */
  blob(path: LocationPath): BlockBlobClient {
    return this.container.getBlockBlobClient(blobName(this.address.folder, path));
  }

  /** What the names of all blobs in a folder of the location begin with. @throws StorageError invalid_location */
  prefix(path: LocationPath): string {
    return blobPrefix(this.address.folder, path);
  }

  /** The address of a path as it is kept and shown: without a signature. */
  uri(path: LocationPath): string {
    return uriOf(this.address.root, path);
  }

  /** Whether a signature has expired or the like is told in the error. @param doing completes "Could not ..." */
  async ask<T>(doing: string, uri: string, request: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    throwIfCanceled(signal);
    try {
      return await request();
    } catch (error) {
      if (signal?.aborted) throw new StorageError('canceled', 'Canceled.', { cause: signal.reason });
      throw azureError(error, { doing, uri, secrets: secretsOf(this.#credential), begins: beginningOf(this.#credential), expires: expiryOf(this.#credential) });
    }
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}
