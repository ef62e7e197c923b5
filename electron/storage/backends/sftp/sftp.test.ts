import path from 'node:path';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { startOpenSsh } from '../../../../e2e/servers/real/openssh.ts';
import { startProftpdSftp } from '../../../../e2e/servers/real/proftpd-sftp.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { folderHarness, accountOf } from './sftp-fixture.ts';

describeServer('openssh', () => {
  const server = useServer(() => startOpenSsh());

  describeBackend('sftp with a shell account', folderHarness(async (name) => {
    const outside = await server().makeFolder(server().rw, name);
    return { outside, reach: accountOf(server(), server().rw, outside) };
  }));

  describeBackend('sftp with an account without a shell', folderHarness(async (name) => {
    const { sftpOnly } = server();
    const outside = await server().makeFolder(sftpOnly, name);
    return { outside, reach: accountOf(server(), sftpOnly, outside) };
  }));
});

describeServer('proftpd', () => {
  const server = useServer(() => startProftpdSftp());

  describeBackend('sftp of mod_sftp', folderHarness(async (name) => {
    const { port, user, password, fingerprint, home } = server();
    const folder = await server().makeFolder(name);
    return { outside: path.join(home, name), reach: { uri: `sftp://${user}@127.0.0.1:${port}${folder}`, secret: password, hostKey: fingerprint } };
  }));
});
