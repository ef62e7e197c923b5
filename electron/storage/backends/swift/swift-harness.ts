import { randomUUID } from 'node:crypto';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import type { StorageLocation } from '../../storage-location.ts';
import type { ConformanceHarness, OpenOverrides } from '../../testing/conformance.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import { swiftBackend } from './definition.ts';

/** What of a server of the tests is needed to sign in. */
export interface SwiftUser {
  readonly authUrl: string;
  readonly user: string;
  readonly key: string;
}

/** The owner of an account, seen from outside of the backend. */
export class SwiftOwner {
  readonly #token: string;
  readonly storageUrl: string;

  private constructor(token: string, storageUrl: string) {
    this.#token = token;
    this.storageUrl = storageUrl;
  }

  static async signIn({ authUrl, user, key }: SwiftUser): Promise<SwiftOwner> {
    const answer = await fetch(authUrl, { headers: { 'x-auth-user': user, 'x-auth-key': key } });
    return new SwiftOwner(answer.headers.get('x-auth-token') ?? '', answer.headers.get('x-storage-url') ?? '');
  }

  async ask(method: string, path: string, { headers = {}, body = null }: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Uint8Array<ArrayBuffer> | null } = {}): Promise<Response> {
    return fetch(`${this.storageUrl}/${path}`, { method, headers: { 'x-auth-token': this.#token, ...headers }, body });
  }

  async make(container: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const answer = await this.ask('PUT', container, { headers });
    if (!answer.ok) throw new Error(`The container ${container} could not be made: ${answer.status}.`);
  }

  /** Names of all objects, marks of folders left out; none when there is no such container. */
  async names(container: string): Promise<readonly string[]> {
    const names: string[] = [];
    for (let marker = ''; ; marker = names.at(-1) ?? '') {
      const answer = await this.ask('GET', `${container}?format=json&marker=${encodeURIComponent(marker)}`);
      const page = answer.ok ? ((await answer.json()) as readonly { readonly name: string }[]) : [];
      if (page.length === 0) return names.filter((name) => !name.endsWith('/'));
      names.push(...page.map(({ name }) => name));
    }
  }
}

export interface HarnessOptions {
  readonly server: () => SwiftUser;
  readonly options?: ConnectConfig['options'];
  readonly refusedNames?: readonly string[];
  /** From now on the server takes nothing, until the returned function is called. */
  readonly stall?: () => Promise<() => void>;
}

export function connectSwift({ authUrl, user, key }: SwiftUser, container: string, options: ConnectConfig['options'] = {}, { sizeLimit = null, proof = DEFAULT_PROOF_POLICY }: OpenOverrides = {}): Promise<StorageLocation> {
  return swiftBackend.connect({ uri: authUrl, secret: key, options: { user, container, ...options }, proof, sizeLimit });
}

/** A container of its own for each case. */
export function swiftHarness({ server, options = {}, refusedNames, stall }: HarnessOptions): ConformanceHarness {
  let owner: SwiftOwner | null = null;
  let container = '';
  return {
    async open(overrides = {}) {
      owner ??= await SwiftOwner.signIn(server());
      container = `case-${randomUUID()}`;
      await owner.make(container);
      return connectSwift(server(), container, options, overrides);
    },
    residue: async () => (owner === null ? [] : leftOver(owner, container)),
    ...(refusedNames && { refusedNames }),
    ...(stall && { stall }),
    close: () => Promise.resolve(),
  };
}

const SEGMENT = /^\.holdfast-segments\/([0-9a-f]{32})\//;

/** All objects but the segments of those large files that are there. */
export async function leftOver(owner: SwiftOwner, container: string): Promise<readonly string[]> {
  const all = [...(await owner.names(container)), ...(await owner.names(`${container}_segments`))];
  const files = all.filter((name) => !SEGMENT.test(name));
  if (files.length === all.length) return all;
  const used = new Set<string | undefined>();
  for (const name of files) {
    const answer = await owner.ask('HEAD', `${container}/${name.split('/').map(encodeURIComponent).join('/')}`);
    used.add(answer.headers.get('x-object-meta-holdfast-upload')?.split(':')[1]);
  }
  return all.filter((name) => !SEGMENT.test(name) || !used.has(SEGMENT.exec(name)?.[1]));
}
