import { DAV_ACCOUNT } from '../../../../e2e/servers/real/dav-account.ts';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { folderHarness } from '../../../../e2e/servers/real/folder-harness.ts';
import { startNginx } from '../../../../e2e/servers/real/nginx.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import { ODD_NAMES, describeBackend } from '../../testing/conformance.ts';
import { webdavBackend } from './definition.ts';

describeServer('nginx', () => {
  const nginx = useServer(startNginx);

  describeBackend(
    'webdav with nginx',
    folderHarness(() => ({ ...nginx(), root: nginx().urls.dav }), {
      // Its PROPFIND leaves them out of every listing.
      refusedNames: ODD_NAMES.filter((name) => name.startsWith('.')),
      connect: (port, folder, { proof = DEFAULT_PROOF_POLICY, sizeLimit = null }) => webdavBackend.connect({ uri: `http://127.0.0.1:${port}/dav/${folder}/`, options: { user: DAV_ACCOUNT.user }, secret: DAV_ACCOUNT.password, proof, sizeLimit }),
    }),
  );
});
