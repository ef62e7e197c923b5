import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startFaultProxy } from '../../../../e2e/servers/fault-proxy.ts';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { startOpenSsh, type OpenSsh } from '../../../../e2e/servers/real/openssh.ts';
import { startProftpdSftp } from '../../../../e2e/servers/real/proftpd-sftp.ts';
import { run } from '../../../../e2e/servers/real/run.ts';
import { freePort } from '../../../../e2e/servers/real/ports.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import { trustOfferOf } from '../../../../shared/storage/trust-offer.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import { listed, pattern, rejectsWith, store } from '../../testing/subject.ts';
import { createSftpBackend } from './definition.ts';
import { makeHome } from './sftp-fixture.ts';

const undo: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const action of undo.splice(0).reverse()) await action();
});

/** A computer of its own, with a home. */
async function computer(files: Readonly<Record<string, string>> = {}, environment: NodeJS.ProcessEnv = {}) {
  const { home, remove } = await makeHome();
  undo.push(remove);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(home, name)), { recursive: true });
    await writeFile(path.join(home, name), text);
  }
  const backend = createSftpBackend({ home, systemKnownHosts: path.join(home, 'system'), environment });
  const connect = async (config: Partial<ConnectConfig> & { readonly uri: string }) => {
    const location = await backend.connect({ secret: null, proof: DEFAULT_PROOF_POLICY, sizeLimit: null, options: {}, ...config });
    undo.push(() => location.close());
    return location;
  };
  return { home, connect };
}

const uriOf = ({ rw, port }: OpenSsh, at = port, host = '127.0.0.1') => `sftp://${rw.name}@${host}:${at}${rw.home}`;
const pinOf = ({ hostKeys }: OpenSsh, at = 0) => hostKeys[at]?.fingerprint ?? '';

describeServer('openssh', () => {
  const server = useServer(() => startOpenSsh());

  describe('signing in', () => {
    const pinned = (options: Readonly<Record<string, string>> = {}) => ({ uri: uriOf(server()), options: { hostKey: pinOf(server()), timeout: 20, ...options } });

    test('with a password', async () => {
      const { connect } = await computer();
      for (const auth of ['automatic', 'password']) expect(await listed(await connect({ ...pinned({ auth }), secret: server().rw.password }), '')).toBeDefined();
    });

    test('a wrong password is refused, once, and is told nowhere', async () => {
      const { connect } = await computer();
      const error = await rejectsWith(() => connect({ ...pinned(), secret: 'pw-wrong-hunter2' }), 'authentication_failed');
      expect(error.message).toMatch(/tried the password; it takes .*password/);
      expect(JSON.stringify([error.message, error.context, String(error.cause)])).not.toContain('hunter2');
    });

    test('without anything to sign in with, it says what the server takes', async () => {
      const { connect } = await computer();
      const error = await rejectsWith(() => connect(pinned()), 'authentication_failed');
      expect(error.message).toMatch(/publickey.*password.*enter a password, or name a key/);
      await rejectsWith(() => connect(pinned({ auth: 'password' })), 'authentication_failed');
      await rejectsWith(() => connect(pinned({ auth: 'key' })), 'invalid_config');
      await rejectsWith(() => connect(pinned({ auth: 'agent' })), 'invalid_config');
    });

    test('with a key that is named, encrypted or not', async () => {
      const { connect } = await computer();
      const { keyFile, encryptedKeyFile, passphrase } = server();
      await connect(pinned({ auth: 'key', keyFile }));
      await connect(pinned({ keyFile }));
      await connect({ ...pinned({ keyFile: encryptedKeyFile }), secret: passphrase });
      await connect({ ...pinned({ keyFile: encryptedKeyFile }), secret: 'the password', secrets: { passphrase } });
      expect((await rejectsWith(() => connect(pinned({ keyFile: encryptedKeyFile })), 'authentication_failed')).message).toMatch(/encrypted: enter its passphrase/);
      expect((await rejectsWith(() => connect({ ...pinned({ keyFile: encryptedKeyFile }), secret: 'no' }), 'authentication_failed')).message).toMatch(/passphrase does not open/);
      await rejectsWith(() => connect(pinned({ keyFile: '/no/such/key' })), 'invalid_config');
    });

    test('with a key of PuTTY', async () => {
      const { connect } = await computer();
      const keys = path.join(import.meta.dirname, 'ssh', 'test-keys');
      const { stdout } = await run('cat', ['ed-v3-enc.pub', 'rsa-v3-enc.pub', 'ec-v2-enc.pub'].map((name) => path.join(keys, name)));
      await writeFile(path.join(server().folder, 'authorized'), stdout, { flag: 'a' });
      for (const name of ['ed-v3-enc', 'ec-v2-enc']) await connect({ ...pinned({ auth: 'key', keyFile: path.join(keys, `${name}.ppk`) }), secret: 'pass phrase' });
    });

    test('with the usual keys in the home, those that cannot be opened left out', async () => {
      const { stdout } = await run('cat', [server().keyFile]);
      const { stdout: encrypted } = await run('cat', [server().encryptedKeyFile]);
      const { connect } = await computer({ '.ssh/id_ed25519': encrypted, '.ssh/id_ecdsa': 'no key', '.ssh/id_rsa': stdout });
      await connect(pinned());
    });

    test('with an agent', async () => {
      const { home } = await computer();
      const socket = path.join(home, 'agent.sock');
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
      undo.push(() => void agent.kill());
      const added = async (): Promise<void> => {
        await run('ssh-add', ['-q', server().keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
      };
      await added().catch(async () => {
        await new Promise((resolve) => setTimeout(resolve, 500));
        await added();
      });
      const { connect } = await computer({}, { SSH_AUTH_SOCK: socket });
      for (const auth of ['automatic', 'agent']) await connect(pinned({ auth }));
      await (await computer()).connect(pinned({ auth: 'agent', agent: socket }));
      await rejectsWith(() => connect(pinned({ auth: 'agent', agent: `${socket}.gone` })), 'authentication_failed');
      await connect({ ...pinned({ agent: `${socket}.gone` }), secret: server().rw.password });
    });
  });

  describe('host keys', () => {
    const secret = () => server().rw.password;

    test('an unknown server is not signed in to; its fingerprint lets it in', async () => {
      const { connect } = await computer();
      const error = await rejectsWith(() => connect({ uri: uriOf(server()), secret: secret() }), 'untrusted_server');
      const offer = trustOfferOf(error);
      expect(offer).toMatchObject({ trust: 'unknown', trustOption: 'hostKey', trustValue: pinOf(server()) });
      await connect({ uri: uriOf(server()), secret: secret(), options: { hostKey: offer?.trustValue ?? '' } });
    });

    test('known_hosts is honoured, of the user and of the computer, hashed too', async () => {
      const { port, hostKeys } = server();
      const line = `[127.0.0.1]:${port} ${hostKeys[0]?.line ?? ''}\n`;
      await (await computer({ '.ssh/known_hosts': line })).connect({ uri: uriOf(server()), secret: secret() });
      const { home, connect } = await computer({ system: line });
      await connect({ uri: uriOf(server()), secret: secret() });
      await run('ssh-keygen', ['-H', '-f', path.join(home, 'system')]);
      await connect({ uri: uriOf(server()), secret: secret() });
    });

    test('a second kind of key is no false alarm', async () => {
      const { port, hostKeys } = server();
      expect(hostKeys.map(({ kind }) => kind)).toEqual(['ed25519', 'rsa']);
      const { connect } = await computer({ '.ssh/known_hosts': `[127.0.0.1]:${port} ${hostKeys[1]?.line ?? ''}\n` });
      await connect({ uri: uriOf(server()), secret: secret() });
      await connect({ uri: uriOf(server()), secret: secret(), options: { hostKey: pinOf(server(), 1) } });
    });

    test('a changed key blocks, before anything is told to the server', async () => {
      const other = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIATlsrcOiM7mFJy7TGJ+XXZhsT4wABb3UvtS+ko0XbWO`;
      const { connect } = await computer({ '.ssh/known_hosts': `[127.0.0.1]:${server().port} ${other}\n` });
      const error = await rejectsWith(() => connect({ uri: uriOf(server()), secret: secret() }), 'untrusted_server');
      expect(error.message).toMatch(/another one than .*known_hosts, line 1 says/);
      expect(trustOfferOf(error)?.trust).toBe('changed');
      const pinned = await rejectsWith(() => connect({ uri: uriOf(server()), secret: secret(), options: { hostKey: `SHA256:${'A'.repeat(43)}` } }), 'untrusted_server');
      expect(trustOfferOf(pinned)?.trust).toBe('changed');
    });
  });

  describe('jump hosts', () => {
    const gate = useServer(() => startOpenSsh({ hostKeys: ['rsa'] }));

    test('are gone through, with their own host key and their own way to sign in', async () => {
      const { home, connect } = await computer();
      const via = `${gate().rw.name}@127.0.0.1:${gate().port}`;
      const jump = { uri: uriOf(server()), secret: server().rw.password };
      const first = await rejectsWith(() => connect({ ...jump, options: { jump: via } }), 'untrusted_server');
      expect(first.message).toContain(`127.0.0.1:${gate().port}`);
      const second = await rejectsWith(() => connect({ ...jump, secrets: { jumpPassword: gate().rw.password }, options: { jump: via, hostKey: trustOfferOf(first)?.trustValue ?? '' } }), 'untrusted_server');
      expect(second.message).toContain(`127.0.0.1:${server().port}`);
      const hostKey = trustOfferOf(second)?.trustValue ?? '';
      expect(hostKey).toContain(pinOf(gate()));
      expect(hostKey).toContain(pinOf(server()));
      const location = await connect({ ...jump, secrets: { jumpPassword: gate().rw.password }, options: { jump: via, hostKey } });
      await store(location, 'through.bin', pattern(100_000));
      await location.file('through.bin').delete();
      // The password of the server is not for the jump host.
      expect((await rejectsWith(() => connect({ ...jump, secret: gate().rw.password, options: { jump: via, hostKey } }), 'authentication_failed')).message).toContain(`127.0.0.1:${gate().port}`);
      expect(home).toBeTruthy();
    });

    test('that cannot reach the server say so', async () => {
      const { connect } = await computer();
      const closed = await freePort();
      const options = { jump: `${gate().rw.name}@127.0.0.1:${gate().port}`, hostKey: `127.0.0.1:${gate().port} ${pinOf(gate())}` };
      const error = await rejectsWith(() => connect({ uri: uriOf(server(), closed), secret: 'x', secrets: { jumpPassword: gate().rw.password }, options }), 'unavailable');
      expect(error.message).toContain(`127.0.0.1:${closed}`);
    });
  });

  describe('what cannot be reached', () => {
    const reach = async (port: number, host = '127.0.0.1') => (await computer()).connect({ uri: uriOf(server(), port, host), secret: 'x', options: { hostKey: pinOf(server()), timeout: 1 } });

    test('a closed port, an unknown name', async () => {
      const port = await freePort();
      expect((await rejectsWith(() => reach(port), 'unavailable')).message).toContain(String(port));
      expect((await rejectsWith(() => reach(22, 'no-such-host.invalid'), 'unavailable')).message).toContain('no-such-host.invalid');
    });

    test('a port where something else speaks, or nobody says anything', async () => {
      for (const greeting of ['HTTP/1.1 400 Bad Request\r\n\r\n', '']) {
        const other = createServer((socket) => void socket.on('error', () => undefined).write(greeting)).listen(0, '127.0.0.1');
        undo.push(() => void other.close());
        await new Promise((resolve) => other.once('listening', resolve));
        await rejectsWith(() => reach((other.address() as AddressInfo).port), 'unavailable');
      }
    });

    test('a server that ends the connection at once, or in the middle', async () => {
      for (const cutAfter of [0, 300, 1500]) {
        const proxy = await startFaultProxy({ target: server().port, rules: { down: { cutAfter } } });
        undo.push(() => proxy.stop());
        await rejectsWith(() => reach(proxy.port), 'unavailable');
      }
    });

    test('a connect that is canceled leaves at once', async () => {
      const proxy = await startFaultProxy({ target: server().port, rules: { down: { stallAfter: 0 } } });
      undo.push(() => proxy.stop());
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 100);
      const backend = createSftpBackend({ home: '/nonexistent', systemKnownHosts: '', environment: {} });
      await rejectsWith(() => backend.connect({ uri: uriOf(server(), proxy.port), secret: 'x', options: {}, proof: DEFAULT_PROOF_POLICY, sizeLimit: null }, { signal: abort.signal }), 'canceled');
    });

    test('a folder that is not there, a file, a folder that may not be seen', async () => {
      const { connect } = await computer();
      const { rw, port } = server();
      const at = (folder: string) => connect({ uri: `sftp://${rw.name}@127.0.0.1:${port}${folder}`, secret: rw.password, options: { hostKey: pinOf(server()) } });
      await rejectsWith(() => at(`${rw.home}/missing`), 'not_found');
      await rejectsWith(() => at('/etc/passwd'), 'invalid_location');
      await rejectsWith(() => at('/root/hidden'), 'permission_denied', 'not_found');
      expect((await at('')).capabilities.delete).toBe(true);
      expect((await (await at('/~')).stat('')).uri).toContain(rw.home);
    });
  });

  describe('accounts with fewer rights', () => {
    test('one that may only read: browsing and reading work, storing says why not, and the probe leaves nothing', async () => {
      const { connect } = await computer();
      const { ro, rw, port } = server();
      const folder = await server().makeFolder(rw, 'for-readers');
      const writer = await connect({ uri: `sftp://${rw.name}@127.0.0.1:${port}${folder}`, secret: rw.password, options: { hostKey: pinOf(server()) } });
      await store(writer, 'a.bin', pattern(1000));
      const reader = await connect({ uri: `sftp://${ro.name}@127.0.0.1:${port}${folder}`, secret: ro.password, options: { hostKey: pinOf(server()) } });
      expect(reader.capabilities).toMatchObject({ read: true, list: true, makeDirectory: false, move: false, delete: false, resume: false, serverDigest: [] });
      expect((await listed(reader, '')).map(({ name }) => name)).toEqual(['a.bin']);
      expect((await rejectsWith(() => store(reader, 'b.bin', pattern(10)), 'permission_denied')).message).toContain('b.bin');
      await rejectsWith(() => reader.makeDirectory('x'), 'unsupported');
      await rejectsWith(() => reader.remove('a.bin'), 'unsupported');
      expect((await reader.probe()).lines.filter(({ ok }) => !ok).map(({ text }) => text).join()).toMatch(/Nothing can be stored here/);
      expect((await listed(writer, '')).map(({ name }) => name)).toEqual(['a.bin']);
    });

    test('a location that is set to read only writes nothing at all', async () => {
      const { connect } = await computer();
      const { rw, port } = server();
      const folder = await server().makeFolder(rw, 'untouched');
      const location = await connect({ uri: `sftp://${rw.name}@127.0.0.1:${port}${folder}`, secret: rw.password, options: { hostKey: pinOf(server()), readOnly: true } });
      await rejectsWith(() => store(location, 'b.bin', pattern(10)), 'permission_denied');
      await rejectsWith(() => location.makeDirectory('x'), 'permission_denied');
      expect(await listed(location, '')).toEqual([]);
    });

    test('where the folder itself takes nothing, its folders are tried', async () => {
      const { connect } = await computer();
      const { rw, port } = server();
      const location = await connect({ uri: `sftp://${rw.name}@127.0.0.1:${port}${path.dirname(rw.home)}`, secret: rw.password, options: { hostKey: pinOf(server()) } });
      expect(location.capabilities).toMatchObject({ delete: true, noOverwrite: true });
      expect((await location.probe()).lines.map(({ text }) => text).join()).toMatch(/in folders of it, but not in itself/);
      await store(location, 'rw/from-above.bin', pattern(10));
      await location.remove('rw/from-above.bin');
      await rejectsWith(() => store(location, 'b.bin', pattern(10)), 'permission_denied');
    });
  });
});

describeServer('openssh', () => {
  const server = useServer(() => startOpenSsh({ keyboardInteractive: true }));

  test('a server that asks for the password itself gets it as an answer', async () => {
    const { connect } = await computer();
    const { rw } = server();
    const options = { hostKey: pinOf(server()) };
    for (const auth of ['automatic', 'keyboard-interactive']) await connect({ uri: uriOf(server()), secret: rw.password, options: { ...options, auth } });
    expect((await rejectsWith(() => connect({ uri: uriOf(server()), secret: 'wrong', options }), 'authentication_failed')).message).toMatch(/as an answer/);
  });
});

describeServer('openssh', () => {
  const server = useServer(() => startOpenSsh({ directives: ['AuthenticationMethods publickey,password'] }));

  test('a server that wants a key and a password gets both', async () => {
    const { connect } = await computer();
    const { rw, encryptedKeyFile, passphrase } = server();
    const options = { hostKey: pinOf(server()), keyFile: encryptedKeyFile };
    await connect({ uri: uriOf(server()), secret: rw.password, secrets: { passphrase }, options });
    await rejectsWith(() => connect({ uri: uriOf(server()), secret: 'wrong', secrets: { passphrase }, options }), 'authentication_failed');
  });
});

describeServer('proftpd', () => {
  const server = useServer(() => startProftpdSftp());

  test('mod_sftp: a wrong password, and an account that may only read', async () => {
    const { connect } = await computer();
    const { port, user, readOnlyUser, password, fingerprint } = server();
    const options = { hostKey: fingerprint };
    await rejectsWith(() => connect({ uri: `sftp://${user}@127.0.0.1:${port}/`, secret: 'wrong', options }), 'authentication_failed');
    const reader = await connect({ uri: `sftp://${readOnlyUser}@127.0.0.1:${port}/`, secret: password, options });
    expect(reader.capabilities).toMatchObject({ delete: false, resume: false });
    await rejectsWith(() => store(reader, 'b.bin', pattern(10)), 'permission_denied');
  });
});
