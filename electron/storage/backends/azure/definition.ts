import type { Capabilities } from '../../../../shared/storage/capabilities.ts';
import type { BackendDefinition } from '../../backend-definition.ts';
import { ByteBudget } from '../../byte-budget.ts';
import { proxyFor } from '../../network/network-options.ts';
import { createTrust } from '../../network/trust.ts';
import { parseAddress } from './address.ts';
import { MAX_SIZE } from './block-plan.ts';
import { AzureClient } from './client.ts';
import { expiryOf, parseCredential } from './credential.ts';
import type { Findings } from './findings.ts';
import { AzureLocation } from './location.ts';
import { probeContainer } from './probe.ts';
import { reportLines } from './report.ts';
import { AZURE_FIELDS, parseOptions } from './settings.ts';

/** What all uploads of a location hold in memory together, in bytes. */
const BUDGET = 64 * 1024 * 1024;

/** Azure Blob Storage: block blobs of one container. */
export const azureBackend: BackendDefinition = {
  name: 'azure',
  title: 'Azure Blob Storage',
  description: 'A container of Azure Blob Storage, or a folder in it.',
  uriLabel: 'Address',
  uriPlaceholder: 'https://ACCOUNT.blob.core.windows.net/CONTAINER/folder/',
  uriIsFolder: false,
  secretLabel: 'Account key, SAS or connection string',
  fields: AZURE_FIELDS,
  async connect(config, { signal } = {}) {
    const address = parseAddress(config.uri);
    const options = parseOptions(config.options);
    const { auth, readOnly, tier, block, silence } = options;
    const credential = parseCredential(config.secret, auth, address, options.account);
    const trust = address.endpoint.startsWith('https:') ? await createTrust(options) : null;
    const proxy = await proxyFor(address.root, options, config.network);
    const client = await AzureClient.create(address, credential, { trust, proxy, silence });
    try {
      const findings = (config.findings as Findings | undefined) ?? (await probeContainer(client, { readOnly, signal }));
      const { proof, sizeLimit } = config;
      return new AzureLocation({
        context: { client, findings, capabilities: capabilitiesOf(findings, credential.kind === 'key'), readOnly, tier, block, silence, budget: new ByteBudget(BUDGET), proof, sizeLimit },
        probe: async (again) => ({ ok: true, lines: reportLines(await probeContainer(client, { readOnly, signal: again.signal }), address, credential.kind, expiryOf(credential)) }),
      });
    } catch (error) {
      await client.close();
      throw error;
    }
  },
};

function capabilitiesOf({ list, rangeRead, versions, write, delete: deletes, noOverwrite, checksBlocks, listsBlocks }: Findings, signs: boolean): Capabilities {
  return {
    read: true,
    list,
    makeDirectory: write && noOverwrite,
    move: write && deletes && noOverwrite,
    delete: deletes,
    rangeRead,
    initialize: false,
    update: false,
    noOverwrite,
    atomicPublish: false,
    preserveModified: false,
    // Without the comparison on arrival an id of a block would only repeat what we said.
    resume: write && checksBlocks && listsBlocks,
    versions,
    link: signs,
    // An MD5 that the service keeps may be one that somebody else gave; what it computed is told once, in the answer to Put Blob.
    serverDigest: [],
    maximumSize: MAX_SIZE,
  };
}
