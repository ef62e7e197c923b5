import { join } from 'node:path';
import { DAV_ACCOUNT } from '../../servers/real/dav-account.ts';
import { startApache } from '../../servers/real/apache.ts';
import { startNginx } from '../../servers/real/nginx.ts';
import { startRcloneDav } from '../../servers/real/rclone-dav.ts';
import { run } from '../../servers/real/run.ts';
import type { Address, RcloneRemote, Refusal, RefusedUpload, StorageTarget } from '../target.ts';
import { behindTls } from './behind-tls.ts';
import { type ServerPlaces, TOO_MUCH, filesBelow, makeServerPlaces, readOnlyLocation } from './server-places.ts';

const { user, password } = DAV_ACCOUNT;

function address(url: string, port: number, options: Readonly<Record<string, string>> = {}): Address {
  const uri = new URL(url);
  uri.port = String(port);
  return { backend: 'webdav', uri: uri.href, options: { user, ...options }, secrets: { '': password } };
}

function missing(right: Address): Refusal {
  return { failure: 'missing place', what: 'a folder that is not there', address: { ...right, uri: `${right.uri}missing/` }, codes: ['not_found'], says: /missing/ };
}

/** @param data what the server keeps below that address, from outside */
function uploadsInto(places: ServerPlaces, right: Address, data: string): readonly RefusedUpload[] {
  return [...places.uploads((name) => ({ ...right, uri: `${right.uri}${name}/` })), readOnlyLocation(right, () => filesBelow(data))];
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
      const places = await makeServerPlaces(server.data);
      const options = { caFile: server.caFile };
      const rclone = { ...(await remote(server.urls.secure)), flags: ['--ca-cert', server.caFile] };
      return {
        version: server.version, port: server.httpsPort,
        address: (port) => address(server.urls.secure, port, options),
        refusals: (port) => [
          missing(address(server.urls.secure, port, options)),
          { failure: 'certificate', what: 'a certificate by an unknown authority', address: address(server.urls.secure, port), codes: ['untrusted_server'] },
          { failure: 'certificate', what: 'another certificate than the trusted one', address: address(server.urls.secure, port, { certificate: 'AB'.repeat(32) }), codes: ['untrusted_server'] },
        ],
        showing: behindTls(server.port, (port) => address(server.urls.basic, port)),
        refusedUploads: (port) => [
          ...uploadsInto(places, address(server.urls.secure, port, options), server.data),
          { failure: 'read only', what: 'a folder that the server may only read', address: address(server.urls.readOnly, server.port), codes: ['permission_denied'], says: /film\.mov/, stored: () => filesBelow(join(server.folder, 'read-only')) },
          { failure: 'no space', what: 'a server that takes 1 MiB at most', address: address(server.urls.capped, server.port), size: TOO_MUCH, codes: ['size_limit_exceeded'], says: /capped.*10,485,760 bytes/, stored: () => filesBelow(server.data) },
        ],
        rclone: () => rclone,
        stop: async () => {
          await places.stop();
          await server.stop();
        },
      };
    },
  },
  {
    id: 'webdav-apache-digest', title: 'WebDAV · Apache, digest sign-in', needs: ['apache'],
    async start() {
      const server = await startApache();
      const places = await makeServerPlaces(server.data);
      const ours = (port: number) => address(server.urls.digest, port, { auth: 'digest' });
      return {
        version: server.version, port: server.port, address: ours, rclone: () => null,
        showing: behindTls(server.port, ours),
        refusals: (port) => [missing(ours(port))],
        refusedUploads: (port) => uploadsInto(places, ours(port), server.data),
        stop: async () => {
          await places.stop();
          await server.stop();
        },
      };
    },
  },
  {
    id: 'webdav-nginx', title: 'WebDAV · nginx', needs: ['nginx'],
    async start() {
      const server = await startNginx();
      const places = await makeServerPlaces(server.data);
      const rclone = await remote(server.urls.dav);
      const ours = (port: number) => address(server.urls.dav, port);
      return {
        version: server.version, port: server.port, address: ours, rclone: () => rclone,
        showing: behindTls(server.port, ours),
        refusals: (port) => [missing(ours(port))],
        refusedUploads: (port) => [
          ...uploadsInto(places, ours(port), server.data),
          { failure: 'read only', what: 'a folder that can only be looked at', address: address(server.urls.readOnly, port), codes: ['permission_denied'], says: /film\.mov/, stored: () => filesBelow(join(server.folder, 'read-only')) },
        ],
        stop: async () => {
          await places.stop();
          await server.stop();
        },
      };
    },
  },
  {
    id: 'webdav-rclone', title: 'WebDAV · rclone serve', needs: ['rclone'],
    async start() {
      const server = await startRcloneDav();
      const places = await makeServerPlaces(server.data, { asRoot: process.getuid?.() === 0 });
      const rclone = await remote(server.urls.dav);
      const ours = (port: number) => address(server.urls.dav, port);
      return {
        version: server.version, port: server.port, address: ours, rclone: () => rclone,
        showing: behindTls(server.port, ours),
        refusals: (port) => [missing(ours(port))],
        refusedUploads: (port) => uploadsInto(places, ours(port), server.data),
        ...(process.getuid?.() === 0 && { notHere: { 'no permission': 'it serves as root, whom no permissions keep out' } }),
        stop: async () => {
          await places.stop();
          await server.stop();
        },
      };
    },
  },
];
