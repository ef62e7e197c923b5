import { startApache } from '../../../../e2e/servers/real/apache.ts';
import { DAV_ACCOUNT } from '../../../../e2e/servers/real/dav-account.ts';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { folderHarness } from '../../../../e2e/servers/real/folder-harness.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { webdavBackend } from './definition.ts';

const passing = /(^|\/)\.davfs\.tmp/;

describeServer('apache', () => {
  const apache = useServer(startApache);

  describeBackend(
    'webdav with Apache and Digest',
    folderHarness(() => ({ port: apache().port, data: apache().data, root: apache().urls.basic }), {
      passing,
      connect: (port, folder, { proof = DEFAULT_PROOF_POLICY, sizeLimit = null }) =>
        webdavBackend.connect({ uri: `http://127.0.0.1:${port}/digest/${folder}/`, options: { user: DAV_ACCOUNT.user, auth: 'digest' }, secret: DAV_ACCOUNT.password, proof, sizeLimit }),
    }),
  );
});
