import { randomBytes } from 'node:crypto';
import { chown, mkdir } from 'node:fs/promises';
import { guard, unguard } from './guardian.ts';
import { run } from './run.ts';

/** A system account of the tests, for servers that know no others. */
export interface SystemAccount {
  readonly name: string;
  readonly password: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  remove(): Promise<void>;
}

/** `useradd` gives up at once when another one works on the same files, so tests take turns. */
const LOCK = '/tmp/holdfast-test-accounts.lock';

/** Makes an account with a name of its own, a password and a home that exists then. Root only. */
export async function createAccount(home: string, { shell = '/bin/bash' } = {}): Promise<SystemAccount> {
  const name = `hf-${randomBytes(5).toString('hex')}`;
  const password = `pw-${randomBytes(6).toString('hex')}`;
  await mkdir(home, { recursive: true });
  guard('account', name);
  await run('flock', [LOCK, 'useradd', '-M', '-N', '-g', 'nogroup', '-d', home, '-s', shell, name]);
  await run('flock', [LOCK, 'chpasswd'], { input: `${name}:${password}\n` });
  const [uid = 0, gid = 0] = (await Promise.all(['-u', '-g'].map((option) => run('id', [option, name])))).map(({ stdout }) => Number(stdout));
  await chown(home, uid, gid);
  return {
    name,
    password,
    uid,
    gid,
    home,
    remove: async () => {
      // Its last processes may still be going away; 6 is "no such account".
      await run('flock', [LOCK, 'userdel', '-f', name], { codes: [0, 6] });
      unguard('account', name);
    },
  };
}
