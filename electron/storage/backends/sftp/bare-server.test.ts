import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { SftpServer } from '../../../../e2e/servers/sftp-server.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { folderHarness } from './sftp-fixture.ts';

let server: SftpServer;
beforeAll(async () => {
  server = await SftpServer.start();
});
afterAll(() => server.stop());

describeBackend('sftp of a server without any extension', folderHarness(async (name) => {
  const outside = path.join(server.folder, name);
  await mkdir(outside);
  return { outside, reach: { uri: `sftp://${server.user}@127.0.0.1:${server.port}/${name}`, secret: server.password, hostKey: server.fingerprint } };
}));
