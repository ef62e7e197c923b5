import type { BackendDefinition } from '../../backend-definition.ts';
import { suggestProfiles } from './profiles.ts';
import { parseSettings, S3_FIELDS } from './settings.ts';

/** Buckets of Amazon S3 and of servers that speak its protocol. */
export const s3Backend: BackendDefinition = {
  name: 's3',
  title: 'S3',
  description: 'A bucket of Amazon S3, or of a server that speaks its protocol, such as Ceph, MinIO, Swift or Cloudflare R2.',
  uriLabel: 'Bucket and folder',
  uriPlaceholder: 's3://bucket/folder/',
  uriIsFolder: false,
  secretLabel: 'Secret access key',
  fields: S3_FIELDS,
  async connect(config, options = {}) {
    const settings = parseSettings(config);
    const { connectS3 } = await import('./connect.ts');
    return connectS3(settings, config, options);
  },
  suggestions: () => suggestProfiles(),
};
