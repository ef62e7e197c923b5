import { homedir } from 'node:os';
import { join } from 'node:path';
import { ByteBudget } from '../../byte-budget.ts';
import type { BackendDefinition, ConnectConfig } from '../../backend-definition.ts';
import { proxyFor } from '../../network/network-options.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { Dialer } from './dialer.ts';
import { ServerDigests } from './digest/server-digests.ts';
import { sftpError } from './errors.ts';
import { type Findings, capabilitiesOf } from './findings.ts';
import { SftpLocation } from './location.ts';
import { ConnectionPool } from './pool.ts';
import { probeServer } from './probe.ts';
import { RemoteRoot } from './remote-root.ts';
import { reportLines } from './report.ts';
import { SFTP_FIELDS, type SftpSettings, parseSettings } from './settings.ts';
import { loadCredentials } from './ssh/authentication.ts';
import { placeOf } from './ssh/endpoint.ts';
import { HostKeys } from './ssh/host-keys.ts';
import { readKnownHosts } from './ssh/known-hosts.ts';
import { suggestHosts } from './suggestions.ts';

/** What of this computer the backend looks at; tests give their own. */
export interface SftpSurroundings {
  readonly home: string;
  /** known_hosts of the whole computer */
  readonly systemKnownHosts: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Bytes that all uploads of a location have under way together. */
const BUDGET = 32 * 1024 * 1024;
const SHELL_LIMIT = 10_000;
const WINDOWS_AGENT = '\\\\.\\pipe\\openssh-ssh-agent';

const HERE: SftpSurroundings = { home: homedir(), systemKnownHosts: '/etc/ssh/ssh_known_hosts', environment: process.env };

/** Servers that speak SFTP, the file transfer of SSH. */
export function createSftpBackend(surroundings: SftpSurroundings = HERE): BackendDefinition {
  return {
    name: 'sftp',
    title: 'SFTP server',
    description: 'A folder of a computer that you reach by SSH.',
    uriLabel: 'Address',
    uriPlaceholder: 'sftp://ada@files.example.org/srv/archive',
    uriIsFolder: false,
    secretLabel: 'Password or passphrase',
    fields: SFTP_FIELDS,
    connect: (config, options) => connect(config, surroundings, options),
    suggestions: () => suggestHosts(join(surroundings.home, '.ssh', 'config')),
  };
}

export const sftpBackend = createSftpBackend();

async function connect(config: ConnectConfig, surroundings: SftpSurroundings, { signal }: OperationOptions = {}): Promise<SftpLocation> {
  const settings = parseSettings(config.uri, config.options);
  const { endpoint, silence, readOnly } = settings;
  const pool = new ConnectionPool(await dialerFor(config, settings, surroundings), Math.min(settings.connections, config.connections ?? Infinity));
  try {
    return await pool.use(async (connection) => {
      const root = await findRoot(connection.sftp, settings);
      const probe = (options: OperationOptions) => pool.use((fresh) => probeServer(fresh, root.absolute(''), { readOnly, shellLimit: Math.min(silence, SHELL_LIMIT), ...options }), options);
      const findings = (config.findings as Findings | undefined) ?? (await probeServer(connection, root.absolute(''), { readOnly, shellLimit: Math.min(silence, SHELL_LIMIT), signal }));
      const digests = new ServerDigests(pool, findings.digests, silence);
      const capabilities = capabilitiesOf(findings, digests.algorithms);
      const context = { capabilities, proof: config.proof, sizeLimit: config.sizeLimit, pool, root, findings, digests, readOnly, budget: new ByteBudget(BUDGET) };
      const facts = { place: placeOf(endpoint), folder: root.absolute(''), user: endpoint.user, digests };
      return new SftpLocation(context, async (options) => ({ ok: true, lines: reportLines(await probe(options), facts) }));
    }, { signal });
  } catch (error) {
    pool.close();
    throw error;
  }
}

async function dialerFor(config: ConnectConfig, settings: SftpSettings, { home, systemKnownHosts, environment }: SftpSurroundings): Promise<Dialer> {
  const { endpoint, jumps, auth, keyFile, silence } = settings;
  const agent = settings.agent ?? (environment['SSH_AUTH_SOCK'] || (process.platform === 'win32' ? WINDOWS_AGENT : null));
  const password = config.secret === '' ? null : config.secret;
  const passphrase = config.secrets?.['passphrase'] || null;
  const hostKeys = new HostKeys(settings.hostKey, await readKnownHosts([join(home, '.ssh', 'known_hosts'), systemKnownHosts]));
  const credentials = await loadCredentials({ method: auth, keyFile, agent, password, passphrase }, home);
  const ofJumps = jumps.length === 0 ? null : await loadCredentials({ method: 'automatic', keyFile, agent, password: config.secrets?.['jumpPassword'] || null, passphrase: passphrase ?? password }, home);
  const [nearest = endpoint] = jumps;
  const proxy = await proxyFor(`ssh://${placeOf(nearest)}/`, settings, config.network);
  return new Dialer({ target: { endpoint, credentials }, jumps: jumps.map((jump) => ({ endpoint: jump, credentials: ofJumps ?? credentials })), hostKeys, proxy, silence });
}

async function findRoot(sftp: Parameters<typeof probeServer>[0]['sftp'], { endpoint, folder }: SftpSettings): Promise<RemoteRoot> {
  try {
    const wanted = folder.startsWith('~') ? `.${folder.slice(1)}` : folder;
    return new RemoteRoot(endpoint, await sftp.realPath(wanted));
  } catch (error) {
    throw sftpError(error, `find the folder ${JSON.stringify(folder)}`, '');
  }
}
