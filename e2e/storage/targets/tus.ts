import { join } from 'node:path';
import { sha256 } from '../../harness/files.ts';
import { makeServerFolder, removeServerFolder } from '../../servers/real/server-process.ts';
import { mountSmallDisk } from '../../servers/real/small-disk.ts';
import { type RunningTus, startTus } from '../../servers/real/tus.ts';
import type { Address, RefusedUpload, StorageTarget } from '../target.ts';
import { behindTls } from './behind-tls.ts';
import { TOO_MUCH } from './server-places.ts';

const MIB = 1024 * 1024;

async function storedBy(server: RunningTus): Promise<readonly string[]> {
  return (await server.uploads()).map(({ id, name, finished }) => `${name} ${id}${finished ? '' : ' begun'}`);
}

export const TUS_TARGETS: readonly StorageTarget[] = [
  {
    id: 'tus', title: 'tus · @tus/server', needs: ['tus'], short: true,
    async start() {
      const server = await startTus();
      const folder = await makeServerFolder('tus-disks');
      const unmount = await mountSmallDisk(join(folder, 'full'), 6 * MIB);
      const full = unmount === null ? null : await startTus({ storage: join(folder, 'full') });
      const capped = await startTus({ maxSize: MIB });
      const address = (port: number): Address => ({ backend: 'tus', uri: server.endpoint.replace(`:${server.port}`, `:${port}`), secrets: { '': server.token } });
      const tooMuch = (what: string, to: RunningTus, codes: RefusedUpload['codes'], says: RegExp): RefusedUpload => ({ failure: 'no space', what, address: { ...address(to.port) }, size: TOO_MUCH, codes, says, stored: () => storedBy(to) });
      return {
        version: server.version, port: server.port, address,
        stop: async () => {
          for (const one of [server, full, capped]) await one?.stop();
          await unmount?.();
          await removeServerFolder(folder);
        },
        disk: {
          contents: async (wanted) => Promise.all((await server.uploads()).filter(({ name, finished }) => finished && name === wanted).map(({ file }) => sha256(file))),
          clear: () => server.clear(),
        },
        showing: behindTls(server.port, address),
        refusedUploads: () => [
          // The server says no more than that something went wrong.
          ...(full === null ? [] : [tooMuch('a disk that is full before the file is there', full, ['unavailable', 'out_of_space'], /film\.mov|files/)]),
          tooMuch('a server that takes 1 MiB at most', capped, ['size_limit_exceeded'], /limit of 1,048,576 bytes/),
        ],
        notHere: { 'missing place': 'this server takes uploads at every address', 'no permission': 'whoever has the token may upload', 'read only': 'a service that takes uploads cannot be read only' },
        rclone: () => null,
      };
    },
  },
];
