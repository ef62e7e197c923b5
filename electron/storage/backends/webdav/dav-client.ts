import { StorageError } from '../../../../shared/storage/errors.ts';
import { connectionFailure } from '../../http/connection-failure.ts';
import { type Answer, type HttpClient, type RequestOptions, discard, isFolderRedirect, isSuccess } from '../../http/http-client.ts';
import type { OperationOptions } from '../../operation-options.ts';
import type { DavAuthorization } from './authorization.ts';
import { DAV, type Entry, entryOf, propfindBody } from './entry.ts';
import { HrefReader } from './href.ts';
import { type DavResource, readMultistatus } from './multistatus.ts';

/** Longest answer about one place that is read, in bytes. */
const MAX_ENTRY_BYTES = 256 * 1024;
const ENTRY_PROPERTIES: readonly string[] = [DAV.type, DAV.size, DAV.modified];

export interface LookOptions extends OperationOptions {
  /** beside kind, size and time */
  readonly properties?: readonly string[] | undefined;
}

export interface MoveOptions extends OperationOptions {
  readonly overwrite: boolean;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** bytes that the server may have to copy or join */
  readonly workload?: number | undefined;
}

/** The requests of WebDAV (RFC 4918) to one server. What is no success is thrown as a StorageError with the status in its context. */
export class DavClient {
  readonly http: HttpClient;
  readonly root: string;
  readonly hrefs: HrefReader;
  /** Some servers behind a proxy take their own address for a strange one, and want the path alone in `Destination`. Found out at connect. */
  destination: 'absolute' | 'path' = 'absolute';
  readonly #authorization: DavAuthorization | null;

  constructor(http: HttpClient, root: string, authorization: DavAuthorization | null) {
    this.http = http;
    this.root = root;
    this.#authorization = authorization;
    this.hrefs = new HrefReader(root);
  }

  /** @throws StorageError not_found */
  async look(uri: string, options: LookOptions = {}): Promise<Entry> {
    let answer = await this.#propfind(uri, '0', options);
    if (isFolderRedirect(answer)) {
      await discard(answer);
      answer = await this.#propfind(`${uri}/`, '0', options);
    }
    await this.#requireMultistatus(answer, uri);
    const body = await this.http.body(answer, MAX_ENTRY_BYTES);
    if (body === null) throw new StorageError('unexpected', `The server says more than ${MAX_ENTRY_BYTES} bytes of ${uri} alone.`, { context: { uri } });
    for await (const [resource] of readMultistatus(one(body))) {
      if (resource === undefined) continue;
      if (resource.status === null || resource.status < 400) return entryOf(resource);
      throw new StorageError(resource.status === 404 ? 'not_found' : 'permission_denied', `The server says ${resource.status} of ${uri}.`, { context: { uri, status: resource.status } });
    }
    throw new StorageError('unexpected', `The server says nothing of ${uri}: expected one entry.`, { context: { uri } });
  }

  async lookIfThere(uri: string, options: LookOptions = {}): Promise<Entry | null> {
    try {
      return await this.look(uri, options);
    } catch (error) {
      if (error instanceof StorageError && error.code === 'not_found') return null;
      throw error;
    }
  }

  /** What is in a folder, and the folder itself, as it comes in. @param uri with a slash at the end */
  async *browse(uri: string, options: LookOptions = {}): AsyncGenerator<readonly DavResource[]> {
    const answer = await this.#propfind(uri, '1', options);
    await this.#requireMultistatus(answer, uri);
    try {
      yield* readMultistatus(answer.body as AsyncIterable<Uint8Array>);
    } catch (error) {
      throw connectionFailure(error, `list ${uri}`, uri, options.signal);
    } finally {
      answer.body.destroy();
    }
  }

  async put(uri: string, options: RequestOptions): Promise<Answer> {
    const answer = await this.http.request('PUT', uri, { ...options, headers: { 'content-type': 'application/octet-stream', ...options.headers } });
    await discard(answer);
    return answer;
  }

  /** @throws StorageError already_exists when the name is taken and `overwrite` is false */
  move(from: string, to: string, options: MoveOptions): Promise<void> {
    return this.#transport('MOVE', from, to, options);
  }

  copy(from: string, to: string, options: MoveOptions): Promise<void> {
    return this.#transport('COPY', from, to, options);
  }

  /** @param uri with a slash at the end @throws StorageError with status 405 when something is there, 409 when the folder above is not */
  async makeFolder(uri: string, { signal, headers = {} }: OperationOptions & { readonly headers?: Readonly<Record<string, string>> } = {}): Promise<void> {
    await discard(await this.http.request('MKCOL', uri, { signal, headers }));
  }

  /** A folder with all that is in it when the address ends with a slash. */
  async remove(uri: string, { signal }: OperationOptions = {}): Promise<void> {
    await this.#requireWhole('DELETE', uri, await this.http.request('DELETE', uri, { signal }));
  }

  /** Sets one property (RFC 4918 section 9.2). @returns whether the server says that it did */
  async setProperty(uri: string, property: string, value: string, { signal }: OperationOptions = {}): Promise<boolean> {
    const [, namespace = '', name = ''] = /^\{([^}]*)\}(.*)$/.exec(property) ?? [];
    const body = Buffer.from(`<?xml version="1.0" encoding="utf-8"?><D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x:${name} xmlns:x="${namespace}">${value}</x:${name}></D:prop></D:set></D:propertyupdate>`);
    const answer = await this.http.send('PROPPATCH', uri, { signal, body, headers: { 'content-type': 'application/xml; charset=utf-8' } });
    const text = answer.status === 207 ? await this.http.body(answer, MAX_ENTRY_BYTES) : await discard(answer).then(() => null);
    if (text === null) return answer.status === 200;
    for await (const resources of readMultistatus(one(text))) {
      if (resources.some(({ properties }) => properties.has(property))) return true;
    }
    return false;
  }

  /** To be asked before a body that can be sent only once: where a sign-in can come to its end, it is used for a small question first, and renewed. @throws StorageError authentication_failed */
  async renewSignIn(uri: string, { signal }: OperationOptions): Promise<void> {
    if (this.#authorization?.expires !== true) return;
    const answer = await this.#propfind(uri, '0', { signal });
    if (answer.status === 401) throw await this.http.refusalOf('PROPFIND', answer);
    await discard(answer);
  }

  /** Looks at an answer 401 to such a body. @returns true when the next try may succeed */
  learnSignIn(answer: Answer): boolean {
    return answer.status === 401 && this.#authorization?.expires === true && this.#authorization.learn(answer);
  }

  /** The `Destination` header of RFC 4918 section 10.3. */
  destinationOf(uri: string): string {
    return this.destination === 'absolute' ? uri : new URL(uri).pathname;
  }

  #propfind(uri: string, depth: '0' | '1', { signal, properties = [] }: LookOptions): Promise<Answer> {
    const body = Buffer.from(propfindBody([...ENTRY_PROPERTIES, ...properties]));
    return this.http.send('PROPFIND', uri, { signal, body, headers: { depth, 'content-type': 'application/xml; charset=utf-8' } });
  }

  async #requireMultistatus(answer: Answer, uri: string): Promise<void> {
    if (answer.status === 207) return;
    if (!isSuccess(answer)) throw await this.http.refusalOf('PROPFIND', answer);
    answer.body.destroy();
    throw new StorageError('unsupported', `The server answered ${answer.status} to PROPFIND ${uri}: expected 207, so this is no WebDAV folder.`, { context: { uri, status: answer.status } });
  }

  async #transport(method: 'MOVE' | 'COPY', from: string, to: string, { overwrite, headers = {}, signal, workload }: MoveOptions): Promise<void> {
    const answer = await this.http.request(method, from, { signal, workload, headers: { destination: this.destinationOf(to), overwrite: overwrite ? 'T' : 'F', ...(method === 'COPY' && { depth: 'infinity' }), ...headers } });
    await this.#requireWhole(method, from, answer);
  }

  /** A multistatus in answer to one of these says that a part of it failed (RFC 4918 sections 9.6.1, 9.8.3 and 9.9.4). */
  async #requireWhole(method: string, uri: string, answer: Answer): Promise<void> {
    if (answer.status !== 207) return discard(answer);
    const text = await this.http.body(answer, MAX_ENTRY_BYTES);
    for await (const resources of readMultistatus(one(text ?? Buffer.alloc(0)))) {
      const bad = resources.find(({ status }) => status !== null && status >= 400);
      if (bad !== undefined) throw new StorageError(bad.status === 423 ? 'unavailable' : 'permission_denied', `The server could not ${method} all of ${uri}: ${bad.status} for ${JSON.stringify(bad.href.slice(0, 200))}.`, { context: { uri, status: bad.status } });
    }
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
