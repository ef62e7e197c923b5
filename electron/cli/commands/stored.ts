import { StorageError } from '../../../shared/storage/errors.ts';
import { discardUnfinished, listUnfinished } from '../../browsing/unfinished-uploads.ts';
import { type CommandContext, type CommandResult, openPlace } from '../command-context.ts';
import { EXIT } from '../exit-code.ts';
import { parseDuration } from '../parse-duration.ts';
import { parsePlace } from '../place.ts';

/** Versions of one file, newest first. */
export async function listVersions(context: CommandContext, text: string): CommandResult {
  const { config, path } = await openPlace(context, text);
  const { versions, more } = await context.app.versions.list({ locationId: config.id, path }, context.signal);
  for (const version of versions) {
    const size = version.deleteMarker ? 'deleted' : (version.size?.toString() ?? '?');
    context.output.row({ type: 'version', path, ...version }, `${size.padStart(14)}  ${version.modified ?? '-'.padEnd(24)}  ${version.versionId}${version.latest ? '  (latest)' : ''}`);
  }
  if (more) context.output.note(`There are older versions of ${text} than these ${versions.length}.`);
  return EXIT.proven;
}

/** A link by which anybody can fetch the file until it ends. It is printed and kept nowhere. */
export async function printLink(context: CommandContext, text: string, { expires }: { readonly expires: string }): CommandResult {
  const seconds = parseDuration(expires, '--expires');
  const { storage, path } = await openPlace(context, text);
  const expiresAt = new Date(Date.now() + seconds * 1000).toISOString();
  const url = await storage.link(path, seconds, { signal: context.signal });
  context.output.note(`Whoever has this link can fetch ${text} until ${expiresAt}.`);
  context.output.row({ type: 'link', path, url, expiresAt }, url);
  return EXIT.proven;
}

export interface UnfinishedOptions {
  readonly discard?: readonly string[];
  readonly discardAll?: boolean;
}

/** What uploads that never finished left in a location; with an option it is removed. */
export async function unfinishedUploads({ app, output, signal }: CommandContext, text: string, { discard, discardAll }: UnfinishedOptions): CommandResult {
  const place = parsePlace(text);
  if (place !== null && place.path !== '') throw new StorageError('invalid_config', `${JSON.stringify(text)} names a folder: unfinished uploads are listed for a whole location, for example "Archive".`);
  const { id, name } = app.locations.named(place?.location ?? text);
  if (discard !== undefined || discardAll === true) {
    const removed = await discardUnfinished(app.locations, id, discardAll === true ? 'all' : (discard ?? []), signal);
    output.row({ type: 'discarded', location: name, removed }, `${removed} unfinished ${removed === 1 ? 'upload' : 'uploads'} removed from ${name}.`);
    return EXIT.proven;
  }
  const uploads = await listUnfinished(app.locations, id, signal);
  for (const upload of uploads) output.row({ type: 'unfinished', ...upload }, `${(upload.size?.toString() ?? '?').padStart(14)}  ${upload.startedAt ?? '-'.padEnd(24)}  ${upload.path}  ${upload.id}`);
  if (uploads.length === 0) output.note(`${name} has no unfinished uploads.`);
  return EXIT.proven;
}
