import { FileType, parseList } from 'basic-ftp';

/** What a server says of one name. */
export interface Entry {
  /** `link`: it leads nowhere or to a folder; links to files are files */
  readonly kind: 'file' | 'folder' | 'link';
  readonly name: string;
  /** bytes; null for folders and where it is not said */
  readonly size: number | null;
  /** ISO 8601, UTC */
  readonly modified: string | null;
  /** permissions as of RFC 3659 section 7.5.5: letters of what may be done; null where they are not said */
  readonly may: string | null;
  /** facts of the server's own, e.g. `unix.mode` */
  readonly more: ReadonlyMap<string, string>;
}

/** Facts that say what an entry says elsewhere. */
const KNOWN = new Set(['type', 'size', 'sizd', 'modify', 'perm', 'unique']);

/** A line of MLSD or MLST: `type=file;size=1;modify=20260102030405; name` (RFC 3659 section 7). @returns null for the folder itself, the one above, and what is no such line */
export function parseFacts(line: string): Entry | null {
  const space = line.indexOf(' ');
  if (space < 0 || (space > 0 && line[space - 1] !== ';')) return null;
  const facts = new Map<string, string>();
  for (const fact of line.slice(0, space).split(';')) {
    const equals = fact.indexOf('=');
    if (equals > 0) facts.set(fact.slice(0, equals).toLowerCase(), fact.slice(equals + 1));
  }
  const kind = kindOf(facts.get('type') ?? '');
  if (kind === null) return null;
  return {
    kind,
    name: line.slice(space + 1),
    size: kind === 'file' ? parseSize(facts.get('size')) : null,
    modified: parseTime(facts.get('modify')),
    may: facts.get('perm') ?? null,
    more: new Map([...facts].filter(([name]) => !KNOWN.has(name))),
  };
}

/** The type of a fact line; `OS.unix=slink:target` and `OS.unix=symlink` are links. */
function kindOf(type: string): Entry['kind'] | null {
  const lower = type.toLowerCase();
  if (lower === 'file') return 'file';
  if (lower === 'dir') return 'folder';
  return /^os\.[^=]*=s(?:ym)?link\b/.test(lower) ? 'link' : null;
}

/** A folder answers MLST of itself as `cdir` on some servers. */
export function parseFactsOfOne(line: string): Entry | null {
  return parseFacts(line.replace(/(^|;)(type)=(?:cdir|pdir)(?=;)/i, '$1$2=dir'));
}

/**
 * A line of LIST, in the form of Unix or DOS, as basic-ftp reads it. Its time is one of the server's clock and zone, so none is taken.
 * @returns null for what is no such line
 */
export function parseListLine(line: string): Entry | null {
  // What basic-ftp cannot read it takes for bare names; only these begin like a listing.
  if (!/^[\sbcdelfmpSs\d-]/.test(line)) return null;
  const info = readLine(line);
  if (info === null || info.name === '.' || info.name === '..') return null;
  const kind = info.type === FileType.Directory ? 'folder' : info.type === FileType.SymbolicLink ? 'link' : info.type === FileType.File ? 'file' : null;
  if (kind === null) return null;
  return { kind, name: info.name, size: kind === 'file' && Number.isSafeInteger(info.size) ? info.size : null, modified: null, may: null, more: new Map() };
}

function readLine(line: string): ReturnType<typeof parseList>[number] | null {
  try {
    return parseList(line)[0] ?? null;
  } catch {
    return null;
  }
}

/** `YYYYMMDDHHMMSS`, with or without a fraction, in UTC (RFC 3659 section 2.3). @returns ISO 8601 */
export function parseTime(text: string | undefined): string | null {
  const [, year, month, day, hour, minute, second, fraction = '0'] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,9}))?$/.exec(text?.trim() ?? '') ?? [];
  if (year === undefined) return null;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second), Math.floor(Number(`0.${fraction}`) * 1000)));
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** As MFMT and MDTM take it; fractions of seconds are dropped. */
export function formatTime(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
}

/** Bytes, or null for what is no number that can be counted exactly. */
export function parseSize(text: string | undefined): number | null {
  const digits = /^\s*(\d{1,16})(?![\w.])/.exec(text ?? '')?.[1];
  const size = digits === undefined ? Number.NaN : Number(digits);
  return Number.isSafeInteger(size) ? size : null;
}
