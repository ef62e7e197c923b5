import type { Capabilities } from '../shared/storage/capabilities.ts';
import { formatBytes } from './format.ts';
import { strings } from './strings.ts';

export interface CapabilityLine {
  readonly ok: boolean;
  readonly text: string;
}

/** What a location can do and what not, a sentence each, in the order in which people ask. */
export function capabilityLines(capabilities: Capabilities): readonly CapabilityLine[] {
  const words = strings.capabilities;
  const { serverDigest, maximumSize } = capabilities;
  const flags = ['read', 'list', 'resume', 'atomicPublish', 'noOverwrite', 'rangeRead', 'makeDirectory', 'move', 'delete', 'preserveModified', 'versions', 'link'] as const;
  // A storage that only takes files is asked for nothing else.
  const asked = capabilities.read ? flags : flags.filter((flag) => flag === 'read' || flag === 'resume' || flag === 'atomicPublish');
  const lines = asked.map((flag) => ({ ok: capabilities[flag], text: words[flag][capabilities[flag] ? 'yes' : 'no'] }));
  const digests = serverDigest.length > 0 ? { ok: true, text: words.serverDigest.yes(serverDigest.join(', ')) } : { ok: false, text: words.serverDigest.no };
  return [...lines, digests, ...(maximumSize === null ? [] : [{ ok: true, text: words.maximumSize(formatBytes(maximumSize)) }])];
}
