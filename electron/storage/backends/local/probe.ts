import { opendir, statfs } from 'node:fs/promises';
import type { ProbeReport } from '../../../../shared/storage/location.ts';
import { type FolderFacts, tryFolder } from './folder-facts.ts';
import type { Root } from './root.ts';
import { sweepFolder } from './sweep.ts';

type Line = ProbeReport['lines'][number];

/** Tries the folder again, from reading to making links, and says what was found. */
export async function probeFolder(root: Root): Promise<ProbeReport> {
  await (await opendir(root.folder)).close();
  const facts = await tryFolder(root.folder);
  const removed = facts.writable === 'yes' ? await sweepFolder(root.folder) : 0;
  const { bavail, bsize } = await statfs(root.folder);
  const lines: Line[] = [
    { ok: true, text: `The folder ${root.folder} is there and can be read` },
    writableLine(facts),
    ...factLines(facts),
    { ok: true, text: `${(bavail * bsize).toLocaleString('en-US')} bytes are free` },
    ...(removed === 0 ? [] : [{ ok: true, text: `Removed what ${removed} interrupted transfers had left` }]),
  ];
  return { ok: true, lines };
}

function writableLine({ writable }: FolderFacts): Line {
  if (writable === 'yes') return { ok: true, text: 'Files can be stored' };
  return { ok: false, text: writable === 'never' ? 'Nothing can be stored: the file system is read-only' : 'Nothing can be stored in this folder itself: no permission' };
}

function factLines({ hardLinks, caseSensitive, clones }: FolderFacts): readonly Line[] {
  const lines: Line[] = [];
  if (hardLinks !== null) lines.push({ ok: hardLinks, text: hardLinks ? 'New files appear in one step, and never replace others' : 'No hard links: a new file never replaces others, but its name may show as an empty file for a moment' });
  if (caseSensitive !== null) lines.push({ ok: true, text: caseSensitive ? 'Upper and lower case are different names' : 'Upper and lower case are the same name' });
  if (clones === true) lines.push({ ok: true, text: 'Copies inside the folder are instant' });
  return lines;
}
