import { ContainerSASPermissions, StorageSharedKeyCredential, generateBlobSASQueryParameters } from '@azure/storage-blob';
import { startBlobService } from '../../servers/blob-service.ts';
import { startAzurite } from '../../servers/real/azurite.ts';
import type { Address, StorageTarget } from '../target.ts';
import { behindTls } from './behind-tls.ts';
import { readOnlyLocation } from './server-places.ts';

const CONTAINER = 'archive';

export const AZURE_TARGETS: readonly StorageTarget[] = [
  {
    id: 'azure-azurite', title: 'Azure Blob · Azurite (emulator)', needs: ['azurite'], short: true,
    async start() {
      const server = await startAzurite();
      await server.createContainer(CONTAINER);
      const addressOf = (port: number, container: string): Address => ({ backend: 'azure', uri: `${server.endpoint.replace(`:${server.port}`, `:${port}`)}/${container}/`, options: { account: server.account }, secrets: { '': server.key } });
      const credential = new StorageSharedKeyCredential(server.account, server.key);
      const sasOf = (permissions: string, hours: readonly [number, number]): string => {
        const [startsOn, expiresOn] = hours.map((from) => new Date(Date.now() + from * 3_600_000));
        return generateBlobSASQueryParameters({ containerName: CONTAINER, permissions: ContainerSASPermissions.parse(permissions), ...(startsOn && { startsOn }), ...(expiresOn && { expiresOn }) }, credential).toString();
      };
      const sas = sasOf('racwdl', [-1, 24]);
      const signed = (port: number, signature: string): Address => ({ ...addressOf(port, CONTAINER), options: {}, secrets: { '': signature } });
      // The emulator asks for no time of a request, as Azure does.
      // Its clock stands still while the run goes on, so it is some minutes more than an hour late at the end.
      const late = await startBlobService({ refuses: { status: 403, code: 'AuthenticationFailed', headers: { date: new Date(Date.now() - 3_600_000).toUTCString() } } });
      const stored = async (): Promise<readonly string[]> => {
        const list = await (await server.ask('GET', `${CONTAINER}?comp=list&include=uncommittedblobs&restype=container`)).text();
        return [...list.matchAll(/<Name>([^<]*)<\/Name>.*?<Content-Length>(\d*)<\/Content-Length>/gs)].map(([, name = '', size = '']) => `${name} ${size}`);
      };
      return {
        version: server.version, port: server.port,
        stop: async () => {
          await late.stop();
          await server.stop();
        },
        address: (port) => addressOf(port, CONTAINER),
        showing: behindTls(server.port, (port) => addressOf(port, CONTAINER)),
        refusals: (port) => [
          { failure: 'missing place', what: 'an unknown container', address: addressOf(port, 'no-such-container'), codes: ['not_found'], says: /no-such-container/ },
          { failure: 'clock', what: 'a signature that is over', address: signed(port, sasOf('racwdl', [-2, -1])), codes: ['authentication_failed'], says: /ended on/ },
          { failure: 'clock', what: 'a signature that has not begun', address: signed(port, sasOf('racwdl', [24, 48])), codes: ['authentication_failed'], says: /begins on .* clock of this computer says/ },
          { failure: 'clock', what: 'a clock that is an hour off (fixture)', address: { ...addressOf(port, CONTAINER), uri: `${late.endpoint}/${CONTAINER}/` }, codes: ['authentication_failed'], says: /6\d minutes ahead/ },
        ],
        refusedUploads: (port) => [
          { failure: 'read only', what: 'a signature that may only read', address: signed(port, sasOf('rl', [-1, 24])), codes: ['permission_denied'], says: /film\.mov/, stored },
          { failure: 'no permission', what: 'a signature that may only list', address: signed(port, sasOf('l', [-1, 24])), codes: ['permission_denied'], says: /film\.mov/, stored },
          readOnlyLocation(addressOf(port, CONTAINER), stored),
        ],
        notHere: { 'no space': 'Azure has no full disk, and the emulator no limit of an account' },
        rclone: () => ({ remote: `:azureblob:${CONTAINER}/`, environment: { RCLONE_AZUREBLOB_SAS_URL: `${server.endpoint}/${CONTAINER}?${sas}` } }),
      };
    },
  },
];
