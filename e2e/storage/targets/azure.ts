import { ContainerSASPermissions, StorageSharedKeyCredential, generateBlobSASQueryParameters } from '@azure/storage-blob';
import { startAzurite } from '../../servers/real/azurite.ts';
import type { Address, StorageTarget } from '../target.ts';

const CONTAINER = 'archive';

export const AZURE_TARGETS: readonly StorageTarget[] = [
  {
    id: 'azure-azurite', title: 'Azure Blob · Azurite (emulator)', needs: ['azurite'], short: true,
    async start() {
      const server = await startAzurite();
      await server.createContainer(CONTAINER);
      const addressOf = (port: number, container: string): Address => ({ backend: 'azure', uri: `${server.endpoint.replace(`:${server.port}`, `:${port}`)}/${container}/`, options: { account: server.account }, secrets: { '': server.key } });
      const credential = new StorageSharedKeyCredential(server.account, server.key);
      const sas = generateBlobSASQueryParameters({ containerName: CONTAINER, permissions: ContainerSASPermissions.parse('racwdl'), expiresOn: new Date(Date.now() + 86_400_000) }, credential).toString();
      return {
        version: server.version, port: server.port, stop: () => server.stop(),
        address: (port) => addressOf(port, CONTAINER),
        refusals: (port) => [{ what: 'an unknown container', address: addressOf(port, 'no-such-container'), codes: ['not_found'] }],
        rclone: () => ({ remote: `:azureblob:${CONTAINER}/`, environment: { RCLONE_AZUREBLOB_SAS_URL: `${server.endpoint}/${CONTAINER}?${sas}` } }),
      };
    },
  },
];
