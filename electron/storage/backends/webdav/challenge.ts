/** One way to sign in that a server offers: RFC 9110 section 11.6.1. */
export interface Challenge {
  /** lower case */
  readonly scheme: string;
  /** names in lower case */
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = String.raw`[!#$%&'*+.^_\`|~0-9A-Za-z-]+`;
const SCHEME = new RegExp(String.raw`[\s,]*(${TOKEN})(?=\s|,|$)(?!\s*=)(?:[ \t]+(?:[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))))?`, 'y');
const PARAMETER = new RegExp(String.raw`[\s,]*(${TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|(${TOKEN}))`, 'y');

/** All challenges of one or several `WWW-Authenticate` headers. What cannot be read ends the list. */
export function parseChallenges(header: string | readonly string[] | undefined): readonly Challenge[] {
  return (typeof header === 'string' ? [header] : (header ?? [])).flatMap(parseHeader);
}

function parseHeader(text: string): readonly Challenge[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  for (let at = 0; at < text.length; ) {
    const parameter = found.length > 0 ? matchAt(PARAMETER, text, at) : null;
    if (parameter !== null) {
      const [, name = '', quoted, token] = parameter;
      found.at(-1)?.parameters.set(name.toLowerCase(), quoted === undefined ? (token ?? '') : quoted.replaceAll(/\\(.)/g, '$1'));
      at += parameter[0].length;
      continue;
    }
    const scheme = matchAt(SCHEME, text, at);
    if (scheme === null) break;
    found.push({ scheme: (scheme[1] ?? '').toLowerCase(), parameters: new Map() });
    at += scheme[0].length;
  }
  return found;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
