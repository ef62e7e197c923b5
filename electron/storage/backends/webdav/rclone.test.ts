import { DAV_ACCOUNT } from '../../../../e2e/servers/real/dav-account.ts';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { folderHarness } from '../../../../e2e/servers/real/folder-harness.ts';
import { startRcloneDav } from '../../../../e2e/servers/real/rclone-dav.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { webdavBackend } from './definition.ts';

describeServer('rclone', () => {
  const rclone = useServer(startRcloneDav);

  describeBackend(
    'webdav with rclone',
    folderHarness(() => ({ ...rclone(), root: rclone().urls.dav }), {
      connect: (port, folder, { proof = DEFAULT_PROOF_POLICY, sizeLimit = null }) => webdavBackend.connect({ uri: `http://127.0.0.1:${port}/dav/${folder}/`, options: { user: DAV_ACCOUNT.user }, secret: DAV_ACCOUNT.password, proof, sizeLimit }),
    }),
  );
});
