import { StorageError } from '../../../../shared/storage/errors.ts';

interface Endpoint {
  readonly url: string;
  readonly region: string;
}

/**
 * The address of the object storage in Keystone's catalog: `[{ type, endpoints: [{ interface, region, url }] }]`.
 * @param region null: there must be only one
 * @throws StorageError invalid_config that lists the regions there are
 */
export function pickEndpoint(catalog: unknown, region: string | null, uri: string): string {
  const all = endpointsIn(catalog);
  const regions = [...new Set(all.map((endpoint) => endpoint.region))];
  if (all.length === 0) throw new StorageError('invalid_config', `The sign-in at ${uri} succeeded, but the project has no object storage: name the project that owns the container.`, { context: { uri, field: 'project' } });
  if (region === null && regions.length > 1) throw new StorageError('invalid_config', `region: the project has object storage in several regions: expected one of ${regions.join(', ')}.`, { context: { uri, field: 'region' } });
  const found = region === null ? all[0] : all.find((endpoint) => endpoint.region === region);
  if (found === undefined) throw new StorageError('invalid_config', `region: there is no object storage in ${JSON.stringify(region)}: expected one of ${regions.join(', ')}.`, { context: { uri, field: 'region' } });
  return found.url;
}

function endpointsIn(catalog: unknown): readonly Endpoint[] {
  if (!Array.isArray(catalog)) return [];
  return catalog.flatMap((service: unknown) => (isRecord(service) && service['type'] === 'object-store' && Array.isArray(service['endpoints']) ? service['endpoints'].flatMap(publicEndpoint) : []));
}

function publicEndpoint(endpoint: unknown): readonly Endpoint[] {
  if (!isRecord(endpoint) || endpoint['interface'] !== 'public' || typeof endpoint['url'] !== 'string') return [];
  const region = endpoint['region_id'] ?? endpoint['region'];
  return [{ url: endpoint['url'], region: typeof region === 'string' ? region : '' }];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
