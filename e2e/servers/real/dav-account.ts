import { createHash } from 'node:crypto';
import { run } from './run.ts';

/** The one account of the WebDAV servers of the tests. */
export const DAV_ACCOUNT = { user: 'rw', password: 'pw-rw', realm: 'dav' } as const;

/** A line of the file that Apache and nginx read for basic authentication. */
export async function basicPasswordLine(): Promise<string> {
  const { stdout } = await run('openssl', ['passwd', '-apr1', DAV_ACCOUNT.password]);
  return `${DAV_ACCOUNT.user}:${stdout.trim()}\n`;
}

/** A line of the file that Apache reads for digest authentication. */
export function digestPasswordLine(): string {
  const { user, realm, password } = DAV_ACCOUNT;
  return `${user}:${realm}:${createHash('md5').update(`${user}:${realm}:${password}`).digest('hex')}\n`;
}
