import { readFile } from 'node:fs/promises';
import net from 'node:net';
import SSHConfig, { type Line, LineType, type Section } from 'ssh-config';
import type { LocationSuggestion } from '../../../../shared/storage/location.ts';
import { DEFAULT_PORT, type Endpoint, parseEndpoint, placeOf } from './ssh/endpoint.ts';

/** The hosts of `~/.ssh/config` (ssh_config(5)), as far as their lines can be taken over. A file that is absent or broken has none. */
export async function suggestHosts(file: string): Promise<readonly LocationSuggestion[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  try {
    const config = SSHConfig.parse(text);
    dropCommands(config);
    return hostNames(config).flatMap((name) => suggestion(name, config) ?? []);
  } catch {
    return [];
  }
}

/** For these the library would start programs. */
function dropCommands(lines: Line[]): void {
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = lines[at];
    if (line?.type !== LineType.DIRECTIVE) continue;
    if (/^(?:match|canonicalizehostname)$/i.test(line.param)) lines.splice(at, 1);
    else if ('config' in line) dropCommands((line as Section).config);
  }
}

/** Names that stand for one host; patterns stand for any. */
function hostNames(config: SSHConfig): readonly string[] {
  const names = config.flatMap((line) => {
    if (line.type !== LineType.DIRECTIVE || line.param.toLowerCase() !== 'host') return [];
    const { value } = line;
    return typeof value === 'string' ? value.split(/\s+/) : value.map(({ val }) => val);
  });
  return [...new Set(names.filter((name) => name !== '' && !/[*?!]/.test(name)))];
}

function suggestion(name: string, config: SSHConfig): LocationSuggestion | null {
  const value = valuesOf(name, config);
  const endpoint = endpointOf(name, value);
  if (endpoint === null) return null;
  const keyFile = value('identityfile');
  const jumps = jumpsOf(value('proxyjump'), config);
  if (jumps === null) return null;
  const { host, port, user } = endpoint;
  return {
    label: name,
    uri: `sftp://${user === '' ? '' : `${encodeURIComponent(user)}@`}${net.isIPv6(host) ? `[${host}]` : host}${port === DEFAULT_PORT ? '' : `:${port}`}/~/`,
    options: { ...(keyFile !== undefined && !keyFile.includes('%') && { keyFile }), ...(jumps.length > 0 && { jump: jumps.join(', ') }) },
  };
}

type Values = (key: string) => string | undefined;

function valuesOf(name: string, config: SSHConfig): Values {
  const entries = Object.entries(config.compute(name));
  return (key) => [entries.find(([each]) => each.toLowerCase() === key)?.[1]].flat()[0];
}

/** An empty user is the one of this computer. @returns null when the lines make no address */
function endpointOf(name: string, value: Values): Endpoint | null {
  const host = (value('hostname') ?? name).replaceAll('%h', name);
  const port = Number(value('port') ?? DEFAULT_PORT);
  return Number.isInteger(port) && port >= 1 && port <= 65_535 && !/[\s/@%?#]/.test(host) ? { host, port, user: value('user') ?? '' } : null;
}

/** A jump host may be another name of the same file. @returns null when one of them cannot be understood */
function jumpsOf(text: string | undefined, config: SSHConfig): readonly string[] | null {
  const words = text === undefined || text.toLowerCase() === 'none' ? [] : text.split(',').map((word) => word.trim());
  const jumps = words.map((word) => {
    const written = parseEndpoint(word.replace(/^ssh:\/\//, ''), '');
    const named = written === null ? null : endpointOf(written.host, valuesOf(written.host, config));
    if (written === null || named === null) return null;
    const user = written.user || named.user;
    return `${user === '' ? '' : `${user}@`}${placeOf({ host: named.host, port: written.port === DEFAULT_PORT ? named.port : written.port })}`;
  });
  return jumps.every((jump) => jump !== null) ? jumps : null;
}
