import { sha256 } from '../../harness/files.ts';
import { startTus } from '../../servers/real/tus.ts';
import type { StorageTarget } from '../target.ts';

export const TUS_TARGETS: readonly StorageTarget[] = [
  {
    id: 'tus', title: 'tus · @tus/server', needs: ['tus'], short: true,
    async start() {
      const server = await startTus();
      return {
        version: server.version, port: server.port, stop: () => server.stop(),
        address: (port) => ({ backend: 'tus', uri: server.endpoint.replace(`:${server.port}`, `:${port}`), secrets: { '': server.token } }),
        disk: {
          contents: async (wanted) => Promise.all((await server.uploads()).filter(({ name, finished }) => finished && name === wanted).map(({ file }) => sha256(file))),
          clear: () => server.clear(),
        },
        rclone: () => null,
      };
    },
  },
];
