import type { FileInstance } from '../../../../shared/storage/file-instance.ts';
import { type LocationPath, baseName } from '../../../../shared/storage/path.ts';
import { type Attributes, kindOf, modifiedIso } from './protocol/attributes.ts';
import type { RemoteRoot } from './remote-root.ts';

/** @param writable whether files can be stored in the location at all */
export function toInstance(root: RemoteRoot, path: LocationPath, attributes: Attributes, writable: boolean): FileInstance {
  const kind = kindOf(attributes);
  const common = { path, name: baseName(path), uri: root.uri(path), modified: modifiedIso(attributes), checksum: null };
  if (kind === 'folder') return { ...common, kind: 'folder', size: null, readable: true, writable };
  if (kind === 'link' || kind === 'special') return { ...common, kind: 'file', size: null, readable: false, writable: false };
  return { ...common, kind: 'file', size: attributes.size, readable: true, writable };
}

/** Something that is there but cannot be reached: a name that is no text, a link that leads nowhere or in circles. */
export function unreachable(root: RemoteRoot, path: LocationPath): FileInstance {
  return { kind: 'file', path, name: baseName(path), uri: root.uri(path), size: null, modified: null, checksum: null, readable: false, writable: false };
}
