import { StorageError } from '../../../../shared/storage/errors.ts';
import type { BackendDefinition, ConnectConfig } from '../../backend-definition.ts';
import { type ClientOptions, HttpClient, discard, headerOf } from '../../http/http-client.ts';
import { proxyFor } from '../../network/network-options.ts';
import { createTrust } from '../../network/trust.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { ActiveUploads } from './active-uploads.ts';
import { type Findings, capabilitiesOf } from './findings.ts';
import { readLimits } from './limits.ts';
import { SwiftLocation } from './location.ts';
import { Place, containerUri } from './names.ts';
import { ByteBudget } from '../../byte-budget.ts';
import { probeContainer } from './probe.ts';
import { SegmentStore } from './segment-store.ts';
import { SwiftSession, secretOf } from './session.ts';
import { SWIFT_FIELDS, type SwiftOptions, parseOptions } from './settings.ts';

/** Bytes of all files of a location together that lie in memory on their way to the server. */
const PARTS_IN_MEMORY = 64 * 1024 * 1024;

/** OpenStack Swift, and Ceph's gateway by its Swift interface: see {@link SwiftBackend}. */
export const swiftBackend: BackendDefinition = {
  name: 'swift',
  title: 'OpenStack Swift',
  description: 'A container of OpenStack Swift, or of Ceph by its Swift interface: large files go in segments, each proven by the server.',
  uriLabel: 'Sign-in address',
  uriPlaceholder: 'https://keystone.example.org:5000/v3',
  uriIsFolder: false,
  secretLabel: 'Key or password',
  fields: SWIFT_FIELDS,
  async connect(config, { signal } = {}) {
    const options = parseOptions(config.uri, config.options, config.secret);
    const open: HttpClient[] = [];
    try {
      return await connect(config, options, open, { signal });
    } catch (error) {
      await Promise.all(open.map((client) => client.close()));
      throw error;
    }
  },
};

async function connect(config: ConnectConfig, options: SwiftOptions, open: HttpClient[], { signal }: OperationOptions): Promise<SwiftLocation> {
  const { credentials, container, prefix, readOnly } = options;
  const newClient = async (root: string, authorization: ClientOptions['authorization']): Promise<HttpClient> => {
    const trust = root.startsWith('https:') ? await createTrust(options) : null;
    const client = new HttpClient({ root, authorization, trust, proxy: await proxyFor(root, options, config.network), silence: options.silence });
    open.push(client);
    return client;
  };
  const door = await newClient(credentials.url, { headersFor: () => ({}), secrets: [secretOf(credentials)] });
  const session = await SwiftSession.open(door, credentials, { signal });
  const storageUrl = options.storageUrl ?? session.storageUrl;
  requireEncrypted(credentials.url, storageUrl, options.storageUrl !== null);
  const [client, plain] = await Promise.all([newClient(storageUrl, session), newClient(storageUrl, null)]);
  const limits = await readLimits(plain, storageUrl, { signal });
  const place = new Place({ storageUrl, container, prefix, maxName: limits.maxName });
  const containerHeaders = await headersOf(client, place, signal);
  const stores = { beside: new SegmentStore({ client, storageUrl, container, place: 'beside', containerHeaders }), inside: new SegmentStore({ client, storageUrl, container, place: 'inside', containerHeaders }) };
  const common = { client, session, place, limits, readOnly, storeAt: (where: keyof typeof stores) => stores[where] };
  const findings = (config.findings as Findings | undefined) ?? (await probeContainer({ ...common, plain, signal }));
  const capabilities = capabilitiesOf(findings, limits);
  return new SwiftLocation({ ...common, findings, capabilities, budget: new ByteBudget(PARTS_IN_MEMORY), active: new ActiveUploads(`${storageUrl}/${container}`), proof: config.proof, sizeLimit: config.sizeLimit }, plain);
}

/** The container beside is stored as this one is, and read by whom this one is read by: a file is given to nobody who may not read its segments. */
async function headersOf(client: HttpClient, { storageUrl, container }: Place, signal: AbortSignal | undefined): Promise<Readonly<Record<string, string>>> {
  const answer = await client.send('HEAD', containerUri(storageUrl, container), { signal });
  await discard(answer);
  const kept = ['x-storage-policy', 'x-container-read'].map((name) => [name, headerOf(answer, name)] as const);
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === null || value === '' ? [] : [[name, value]])));
}

/** Whoever signs in over TLS does not expect the token and the files to go without. */
function requireEncrypted(signInUrl: string, storageUrl: string, chosen: boolean): void {
  if (chosen || !signInUrl.startsWith('https:') || storageUrl.startsWith('https:')) return;
  throw new StorageError('untrusted_server', `The sign-in at ${signInUrl} names the storage address ${storageUrl}, to which token and files would travel unencrypted: give the right one as "Storage address".`, { context: { uri: storageUrl, field: 'storageUrl' } });
}
