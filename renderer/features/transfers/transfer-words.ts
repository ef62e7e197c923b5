import type { ErrorRecord } from '../../../shared/storage/errors.ts';
import { adviceFor } from '../../../shared/storage/error-advice.ts';
import { baseName, parentPath } from '../../../shared/storage/path.ts';
import type { Endpoint, Progress, Transfer, TransferStatus } from '../../../shared/transfers/transfer.ts';
import { localBaseName, localParentName } from '../../format.ts';
import type { IntegrityWord } from '../../integrity-words.ts';
import { evidenceWord } from '../../integrity-words.ts';
import { strings } from '../../strings.ts';

const { phases } = strings.transfers;

/** The name that the row goes by: of what is stored, or of what was asked for while that is not known. */
export function transferName({ destination, source }: Pick<Transfer, 'destination' | 'source'>): string {
  const name = endpointName(destination);
  return name === '' ? endpointName(source) : name;
}

/** Where it goes: the location's name, or the folder of this computer. */
export function transferTarget({ destination }: Pick<Transfer, 'destination'>, locationName: (id: string) => string): string {
  if (destination.kind === 'local') return localParentName(destination.path);
  const folder = parentPath(destination.path);
  return folder === '' ? locationName(destination.locationId) : `${locationName(destination.locationId)} › ${folder.replaceAll('/', ' › ')}`;
}

function endpointName(endpoint: Endpoint): string {
  return endpoint.kind === 'local' ? localBaseName(endpoint.path) : baseName(endpoint.path);
}

/** What the row says of its state: plain words while it is under way, a badge when it has ended. */
export type StatusWord = { readonly kind: 'phase'; readonly text: string } | ({ readonly kind: 'badge' } & IntegrityWord);

export function statusWord({ status, direction }: Pick<Transfer, 'status' | 'direction'>): StatusWord {
  switch (status.state) {
    case 'queued':
      return { kind: 'phase', text: phases.queued };
    case 'transferring':
      return { kind: 'phase', text: direction === 'upload' ? phases.uploading : direction === 'download' ? phases.downloading : phases.copying };
    case 'verifying':
      return { kind: 'phase', text: status.rung === 'read back' ? phases.readingBack : status.rung === 'server digest' ? phases.serverDigest : phases.sizeOnly };
    case 'paused':
      return status.reason === 'conflict' ? { kind: 'badge', tone: 'caution', text: phases.pausedConflict } : { kind: 'phase', text: phases.pausedUser };
    case 'canceled':
      return { kind: 'phase', text: phases.canceled };
    case 'failed':
      return { kind: 'badge', tone: 'bad', text: adviceFor(status.error).title };
    case 'done':
      return status.outcome === 'skipped' ? { kind: 'phase', text: phases.skipped } : { kind: 'badge', ...evidenceWord(status.evidence) };
  }
}

/** Bytes of the present phase; a queued transfer has none yet. */
export function progressOf(status: TransferStatus, size: number | null): Progress | null {
  switch (status.state) {
    case 'transferring':
    case 'verifying':
      return status.progress;
    case 'queued':
    case 'paused':
      return { bytes: 0, total: size };
    case 'done':
      return status.outcome === 'stored' && size !== null ? { bytes: size, total: size } : null;
    case 'failed':
    case 'canceled':
      return null;
  }
}

/** The location that takes part in it; of two, the one that is stored to. */
export function locationOf({ source, destination }: Pick<Transfer, 'source' | 'destination'>): string | null {
  if (destination.kind === 'location') return destination.locationId;
  return source.kind === 'location' ? source.locationId : null;
}

export function isOpen({ state }: TransferStatus): boolean {
  return state === 'queued' || state === 'transferring' || state === 'verifying' || state === 'paused';
}

/** What is at the destination now, as far as the error says. */
export function whatWasKept({ code, context }: ErrorRecord): string {
  const words = strings.transfers;
  if (code === 'checksum_mismatch' || code === 'size_mismatch') {
    if (context['published'] === true) return words.keptPublished;
    return context['published'] === false ? words.keptNotPublished : words.keptSource;
  }
  return words.keptSource;
}
