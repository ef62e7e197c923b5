import { DAV_ACCOUNT } from '../../servers/real/dav-account.ts';
import { startApache } from '../../servers/real/apache.ts';
import { startNginx } from '../../servers/real/nginx.ts';
import { startRcloneDav } from '../../servers/real/rclone-dav.ts';
import { run } from '../../servers/real/run.ts';
import type { Address, RcloneRemote, StorageTarget } from '../target.ts';

const { user, password } = DAV_ACCOUNT;

function address(url: string, port: number, options: Readonly<Record<string, string>> = {}): Address {
  const uri = new URL(url);
  uri.port = String(port);
  return { backend: 'webdav', uri: uri.href, options: { user, ...options }, secrets: { '': password } };
}

async function remote(url: string): Promise<RcloneRemote> {
  const { stdout } = await run('rclone', ['obscure', password]);
  return { remote: `:webdav:`, environment: { RCLONE_WEBDAV_URL: url, RCLONE_WEBDAV_USER: user, RCLONE_WEBDAV_PASS: stdout.trim(), RCLONE_WEBDAV_VENDOR: 'other' } };
}

export const WEBDAV_TARGETS: readonly StorageTarget[] = [
  {
    id: 'webdav-apache-tls', title: 'WebDAV · Apache, https', needs: ['apache'], short: true,
    async start() {
      const server = await startApache();
      const options = { caFile: server.caFile };
      const rclone = { ...(await remote(server.urls.secure)), flags: ['--ca-cert', server.caFile] };
      return {
        version: server.version, port: server.httpsPort,
        address: (port) => address(server.urls.secure, port, options),
        refusals: (port) => [
          { what: 'a certificate by an unknown authority', address: address(server.urls.secure, port), codes: ['untrusted_server'] },
          { what: 'another certificate than the trusted one', address: address(server.urls.secure, port, { certificate: 'AB'.repeat(32) }), codes: ['untrusted_server'] },
        ],
        rclone: () => rclone, stop: () => server.stop(),
      };
    },
  },
  {
    id: 'webdav-apache-digest', title: 'WebDAV · Apache, digest sign-in', needs: ['apache'],
    async start() {
      const server = await startApache();
      return { version: server.version, port: server.port, address: (port) => address(server.urls.digest, port, { auth: 'digest' }), rclone: () => null, stop: () => server.stop() };
    },
  },
  {
    id: 'webdav-nginx', title: 'WebDAV · nginx', needs: ['nginx'],
    async start() {
      const server = await startNginx();
      const rclone = await remote(server.urls.dav);
      return { version: server.version, port: server.port, address: (port) => address(server.urls.dav, port), rclone: () => rclone, stop: () => server.stop() };
    },
  },
  {
    id: 'webdav-rclone', title: 'WebDAV · rclone serve', needs: ['rclone'],
    async start() {
      const server = await startRcloneDav();
      const rclone = await remote(server.urls.dav);
      return { version: server.version, port: server.port, address: (port) => address(server.urls.dav, port), rclone: () => rclone, stop: () => server.stop() };
    },
  },
];
