import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { LocationSuggestion } from '../../../../shared/storage/location.ts';

/** A profile of the AWS command line; its keys are not read here. */
export interface Profile {
  readonly name: string;
  readonly region: string | null;
  readonly endpoint: string | null;
  /** it signs in through a browser, which is not supported */
  readonly singleSignOn: boolean;
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html */
export function profileFiles(environment: NodeJS.ProcessEnv = process.env): { readonly config: string; readonly credentials: string } {
  const folder = join(homedir(), '.aws');
  return { config: environment['AWS_CONFIG_FILE'] || join(folder, 'config'), credentials: environment['AWS_SHARED_CREDENTIALS_FILE'] || join(folder, 'credentials') };
}

/** The profiles in both files, those of the credentials file included that the other one does not have; none where there is no such file. */
export async function readProfiles(files = profileFiles()): Promise<readonly Profile[]> {
  const [config, credentials] = await Promise.all([readIfThere(files.config), readIfThere(files.credentials)]);
  const sections = new Map<string, Map<string, string>>();
  const add = (text: string, nameOf: (section: string) => string | null): void => {
    for (const [section, values] of parseIni(text)) {
      const name = nameOf(section);
      if (name !== null) sections.set(name, new Map([...(sections.get(name) ?? []), ...values]));
    }
  };
  add(config, (section) => (section === 'default' ? section : (/^profile\s+"?([^"]+?)"?$/.exec(section)?.[1] ?? null)));
  add(credentials, (section) => section);
  return [...sections].map(([name, values]) => ({
    name,
    region: values.get('region') ?? null,
    endpoint: values.get('endpoint_url') ?? null,
    singleSignOn: (values.has('sso_session') || values.has('sso_start_url') || values.has('login_session')) && !values.has('aws_access_key_id'),
  }));
}

/** One way to fill in the form for each profile that can be used; the bucket is left to the user. */
export async function suggestProfiles(files = profileFiles()): Promise<readonly LocationSuggestion[]> {
  return (await readProfiles(files))
    .filter(({ singleSignOn }) => !singleSignOn)
    .map(({ name, region, endpoint }) => ({
      label: `AWS profile ${name}`,
      uri: 's3://',
      options: { credentials: 'profile', profile: name, ...(region !== null && { region }), ...(endpoint !== null && { endpoint }) },
    }));
}

/** `[section]` and `key = value` lines; lines that begin with a space belong to a nested table and are left out. */
function parseIni(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let values: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const section = /^\[\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    if (section !== undefined) {
      values = sections.get(section) ?? new Map();
      sections.set(section, values);
      continue;
    }
    const [, key, value] = /^([A-Za-z0-9_-]+)\s*=\s*(.*?)\s*(?:\s[#;].*)?$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined && value !== '') values?.set(key.toLowerCase(), value);
  }
  return sections;
}

async function readIfThere(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
