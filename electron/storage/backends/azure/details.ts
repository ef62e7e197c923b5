import type { BlobGetPropertiesResponse } from '@azure/storage-blob';
import type { FileDetail } from '../../../../shared/storage/file-instance.ts';

/** What else the service says of a blob, in words for people. None of it is evidence. */
export function detailsOf(properties: BlobGetPropertiesResponse): readonly FileDetail[] {
  const { accessTier, accessTierInferred, archiveStatus, blobType, contentMD5, contentType, contentEncoding, copySource, copyStatus, createdOn, etag, isServerEncrypted, encryptionScope, leaseState, leaseDuration, legalHold, immutabilityPolicyExpiresOn, versionId, metadata = {}, blobCommittedBlockCount } = properties;
  const details: (FileDetail | null)[] = [
    told('Tier', accessTier, accessTierInferred === true ? ' (as the account says)' : ''),
    told('Rehydration', archiveStatus),
    told('Type', blobType),
    told('Blocks', blobCommittedBlockCount),
    told('Content type', contentType),
    told('Content encoding', contentEncoding),
    told('Declared md5 (kept by the service; its own only for files that went over in one request)', contentMD5 && Buffer.from(contentMD5).toString('hex')),
    told('Lease', leaseState === 'available' ? undefined : leaseState, leaseDuration === undefined ? '' : `, ${leaseDuration}`),
    told('Legal hold', legalHold === true ? 'yes' : undefined),
    told('Cannot be changed before', immutabilityPolicyExpiresOn?.toISOString()),
    told('Copied from', copySource === undefined ? undefined : withoutQuery(copySource), copyStatus === undefined ? '' : ` (${copyStatus})`),
    told('Created', createdOn?.toISOString()),
    told('Version', versionId),
    told('ETag', etag),
    told('Encrypted by the service', isServerEncrypted === undefined ? undefined : isServerEncrypted ? 'yes' : 'no', encryptionScope === undefined ? '' : ` (${encryptionScope})`),
    ...Object.entries(metadata).map(([key, value]) => told(`Metadata ${key} (as given by the uploader)`, value)),
  ];
  return details.filter((detail) => detail !== null);
}

function told(label: string, value: string | number | undefined, more = ''): FileDetail | null {
  return value === undefined || value === '' ? null : { label, value: `${value}${more}` };
}

/** A signature may stand there. */
function withoutQuery(address: string): string {
  return address.replace(/\?.*$/s, '');
}
