import type { S3Client } from '@aws-sdk/client-s3';
import { noteOf } from './body-notes.ts';
import { type PlainCommand, type PlainOutput, type PlainRequest, plainOutput, plainRequest } from './plain-request.ts';
import { encode, type FirstTry, type S3RequestHandler, type Sending } from './request-handler.ts';
import { RequestSigner } from './sigv4.ts';

/** SHA-256 of no bytes. */
const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
/** Most bytes of an answer that nobody needs that are waited for, so that its connection can be used again. */
const MAX_UNREAD = 64 * 1024;

export interface PlainSenderOptions {
  readonly bucket: string;
  readonly handler: S3RequestHandler;
  /** false: nobody in particular asks */
  readonly signs: boolean;
}

/** Where the bucket is and how its requests are signed, as the SDK found out. */
interface Place {
  readonly origin: URL;
  /** without a slash at its end */
  readonly path: string;
  readonly signer: RequestSigner;
}

/**
 * Sends the requests of which every file needs some without the SDK's layers, which take several times as long as all else of them. Until
 * the SDK has sent one to the bucket it is not known where that is. Whatever is no plain success is handed back, for the SDK as that which
 * came of its own first try: so errors, further tries and wrong clocks are dealt with in one place.
 */
export class PlainSender {
  readonly #client: S3Client;
  readonly #options: PlainSenderOptions;
  #place: Place | null = null;

  constructor(client: S3Client, options: PlainSenderOptions) {
    this.#client = client;
    this.#options = options;
    client.middlewareStack.add(
      (next, context) => (args) => {
        const { endpointV2 } = context;
        if (endpointV2 !== undefined && (args.input as { readonly Bucket?: unknown }).Bucket === options.bucket) this.#place ??= placeOf(endpointV2);
        return next(args);
      },
      { step: 'build', priority: 'low', name: 'holdfastPlace' },
    );
  }

  /** @param bySdk sends it with the SDK; with `firstTry` that is what its first try comes to */
  async send(command: PlainCommand, sending: Sending, bySdk: (more: Pick<Sending, 'firstTry'>) => Promise<PlainOutput>): Promise<PlainOutput> {
    const request = plainRequest(command);
    const payloadHash = request?.body === null ? EMPTY_HASH : noteOf(request?.body)?.payloadHash;
    if (this.#place === null || request === null || payloadHash === undefined || !isOrdinary(request.key)) return bySdk({});
    const firstTry = await this.#try(this.#place, request, payloadHash, sending);
    if (!('response' in firstTry) || firstTry.response.statusCode < 200 || firstTry.response.statusCode > 299) return bySdk({ firstTry });
    const { headers, body } = firstTry.response;
    if (request.method === 'GET') return { ...plainOutput(headers), Body: body };
    void body.dump({ limit: MAX_UNREAD }).catch(() => undefined);
    return plainOutput(headers);
  }

  async #try({ origin, path, signer }: Place, { method, key, query, headers, body }: PlainRequest, payloadHash: string, sending: Sending): Promise<FirstTry> {
    const { credentials, systemClockOffset } = this.#client.config;
    const target = {
      method,
      path: `${path}/${key.split('/').map(encode).join('/')}`,
      query: Object.keys(query).sort().map((name) => `${encode(name)}=${encode(query[name] ?? '')}`).join('&'),
      headers: { ...headers, host: origin.host, 'x-amz-content-sha256': payloadHash, ...(body !== null && { 'content-length': `${body.length}` }) },
    };
    try {
      const signed = this.#options.signs ? signer.sign(target, await credentials(), new Date(Date.now() + systemClockOffset)) : target.headers;
      return { response: await this.#options.handler.dispatch({ ...target, origin: origin.origin, headers: { ...signed, 'user-agent': 'Holdfast' }, body }, sending) };
    } catch (error) {
      return { error };
    }
  }
}

/** A key that some server or proxy may take for a path with `.`, `..` or empty steps is left to the SDK. */
function isOrdinary(key: string): boolean {
  return !/(^|\/)\.{0,2}(\/|$)/.test(key);
}

function placeOf({ url, properties }: { readonly url: URL; readonly properties?: Readonly<Record<string, unknown>> }): Place | null {
  const [scheme] = (properties?.['authSchemes'] ?? []) as readonly { readonly name?: unknown; readonly signingName?: unknown; readonly signingRegion?: unknown }[];
  if (scheme?.name !== 'sigv4' || typeof scheme.signingName !== 'string' || typeof scheme.signingRegion !== 'string') return null;
  return { origin: url, path: url.pathname.replace(/\/$/, ''), signer: new RequestSigner(scheme.signingRegion, scheme.signingName) };
}
