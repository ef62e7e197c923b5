import type { SwiftUser } from '../../servers/real/ceph.ts';

/** A container of Swift, seen without Holdfast. */
export class SwiftContainer {
  readonly #url: string;
  readonly #token: string;
  /** where the account's containers are */
  readonly storage: string;

  private constructor(storage: string, name: string, token: string) {
    this.storage = storage;
    this.#url = `${storage}/${name}`;
    this.#token = token;
  }

  /** Makes it where it is not there. */
  static async open({ authUrl, user, key }: SwiftUser, name: string): Promise<SwiftContainer> {
    const signIn = await fetch(authUrl, { headers: { 'x-auth-user': user, 'x-auth-key': key } });
    const container = new SwiftContainer(signIn.headers.get('x-storage-url') ?? '', name, signIn.headers.get('x-auth-token') ?? '');
    await container.#ask('PUT');
    return container;
  }

  /** Sets its headers. */
  async set(headers: Readonly<Record<string, string>>): Promise<void> {
    await this.#ask('POST', headers);
  }

  /** Objects with their sizes, those of its segments too. */
  async stored(): Promise<readonly string[]> {
    const lists = await Promise.all([this.#url, `${this.#url}_segments`].map(async (url) => {
      const answer = await fetch(`${url}?format=json`, { headers: { 'x-auth-token': this.#token } });
      return answer.status === 200 ? ((await answer.json()) as readonly { readonly name: string; readonly bytes: number }[]) : [];
    }));
    return lists.flat().map(({ name, bytes }) => `${name} ${bytes}`);
  }

  async #ask(method: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const answer = await fetch(this.#url, { method, headers: { 'x-auth-token': this.#token, ...headers } });
    if (!answer.ok) throw new Error(`${method} ${this.#url} was answered with ${answer.status}.`);
  }
}
