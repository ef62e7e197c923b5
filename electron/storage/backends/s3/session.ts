import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type $Command, type PutObjectCommand, S3Client, type S3ClientConfig, type S3ClientResolvedConfig, type ServiceInputTypes, type ServiceOutputTypes } from '@aws-sdk/client-s3';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { noteOf } from './body-notes.ts';
import { s3Failure } from './errors.ts';
import { PlainSender } from './plain-sender.ts';
import type { PlainCommand, PlainOutput } from './plain-request.ts';
import type { S3RequestHandler, Sending } from './request-handler.ts';

/** Largest answer that is read into memory, in bytes; a page of a thousand long names has less than 4 MiB. */
const MAX_ANSWER = 16 * 1024 * 1024;
/** Slowest copy or composition of parts inside the server that is waited for, in bytes a millisecond: 10 MB a second. */
const SLOWEST_SERVER = 10_000;
const ATTEMPTS = 3;

export interface SessionOptions {
  readonly bucket: string;
  /** `s3://bucket/prefix/`, for messages */
  readonly root: string;
  /** null: Amazon's */
  readonly endpoint: string | null;
  readonly region: string;
  readonly pathStyle: boolean;
  /** null: nobody in particular asks */
  readonly credentials: NonNullable<S3ClientConfig['credentials']> | null;
  readonly handler: S3RequestHandler;
  /** never shown */
  readonly secrets: readonly string[];
}

export interface SendOptions extends OperationOptions {
  /** completes "Could not ..." */
  readonly doing: string;
  /** `s3://...`; default: the location's root */
  readonly uri?: string;
  /** bytes that the server has to work through before it answers */
  readonly workload?: number;
}

/** The SDK's client for one bucket: signed requests, tried again where that helps, and every failure a StorageError. */
export class S3Session {
  readonly bucket: string;
  readonly endpoint: string | null;
  readonly region: string;
  readonly root: string;
  readonly client: S3Client;
  /** the payload is signed: without TLS nothing else protects it on the way */
  readonly signsPayload: boolean;
  readonly #options: SessionOptions;
  readonly #plain: PlainSender;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.bucket = options.bucket;
    this.endpoint = options.endpoint;
    this.region = options.region;
    this.root = options.root;
    this.signsPayload = options.endpoint?.startsWith('http:') === true;
    this.client = createClient(options);
    this.#plain = new PlainSender(this.client, { ...options, signs: options.credentials !== null });
  }

  /** Address of the server, for messages. */
  get server(): string {
    return this.endpoint ?? `https://s3.${this.region}.amazonaws.com`;
  }

  /** The same with the bucket's real region. */
  inRegion(region: string): S3Session {
    return new S3Session({ ...this.#options, region });
  }

  /** The same for another bucket of the server. */
  at(bucket: string): S3Session {
    return new S3Session({ ...this.#options, bucket, root: `s3://${bucket}/` });
  }

  async send<I extends ServiceInputTypes, O extends ServiceOutputTypes>(command: $Command<I, O, S3ClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes>, options: SendOptions): Promise<O> {
    return this.#surely(options, (sending) => this.client.send(command, sending));
  }

  /** As {@link send}, for the requests of which every file needs some: past the SDK's layers while all goes well. */
  async sendPlain(command: PlainCommand, options: SendOptions): Promise<PlainOutput> {
    return this.#surely(options, (sending) => this.#plain.send(command, sending, (more) => this.client.send(command as PutObjectCommand, { ...sending, ...more })));
  }

  close(): void {
    this.client.destroy();
    this.#options.handler.destroy();
  }

  async #surely<T>({ doing, uri = this.root, workload = 0, signal }: SendOptions, send: (sending: Sending) => Promise<T>): Promise<T> {
    try {
      signal?.throwIfAborted();
      return await send({ ...(signal && { abortSignal: signal }), requestTimeout: Math.ceil(workload / SLOWEST_SERVER) });
    } catch (error) {
      throw s3Failure(error, { doing, uri, server: this.server, secrets: this.#options.secrets, signal });
    }
  }
}

function createClient({ endpoint, region, pathStyle, credentials, handler }: SessionOptions): S3Client {
  // Everything is told that the SDK would else take from the process's environment and ~/.aws/config.
  const client = new S3Client({
    region,
    ...(endpoint === null ? { ignoreConfiguredEndpointUrls: true } : { endpoint }),
    forcePathStyle: pathStyle,
    ...(credentials === null ? { credentials: { accessKeyId: '', secretAccessKey: '' }, signer: { sign: (request) => Promise.resolve(request) } } : { credentials }),
    requestHandler: handler,
    streamCollector: collect,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: ATTEMPTS,
    retryMode: 'standard',
    defaultsMode: 'standard',
    useArnRegion: false,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    disableS3ExpressSessionAuth: false,
    authSchemePreference: [],
    sigv4aSigningRegionSet: [],
    userAgentAppId: 'Holdfast',
    expectContinueHeader: false,
    logger: SILENT,
  });
  client.middlewareStack.add(
    (next, { commandName }) => (args) => {
      const request = args.request as { headers: Record<string, string>; readonly body?: unknown };
      const { payloadHash } = noteOf(request.body) ?? {};
      if (payloadHash !== undefined) request.headers['x-amz-content-sha256'] = payloadHash;
      // Servers that are older than the SDK's checksums demand this one.
      if (commandName === 'DeleteObjectsCommand') useContentMd5(request);
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'holdfastHeaders' },
  );
  return client;
}

function useContentMd5({ headers, body }: { readonly headers: Record<string, string>; readonly body?: unknown }): void {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return;
  for (const name of Object.keys(headers)) if (/^x-amz-(sdk-)?checksum-/i.test(name)) delete headers[name];
  headers['content-md5'] = createHash('md5').update(body).digest('base64');
}

/** A server may send anything instead of a short answer. */
async function collect(stream: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_ANSWER) throw new StorageError('unexpected', `The server’s answer has more than ${MAX_ANSWER / 1024 / 1024} MiB, which no answer of S3 has.`);
  }
  return Buffer.concat(chunks);
}

const quiet = (): void => undefined;
const SILENT = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };
