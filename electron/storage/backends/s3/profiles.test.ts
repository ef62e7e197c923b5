import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { keysOf } from './credentials.ts';
import { profileFiles, readProfiles, suggestProfiles } from './profiles.ts';
import { S3RequestHandler } from './request-handler.ts';

const CONFIG = `
[default]
region = eu-central-1
[profile work] # comment
region=us-west-2
endpoint_url = https://s3.example.org
s3 =
  addressing_style = path
[profile browser]
sso_session = corp
[sso-session corp]
sso_start_url = https://example.org/start
[services x]
`;
const CREDENTIALS = `
[work]
aws_access_key_id = AKWORK
aws_secret_access_key = geheim
[old]
aws_access_key_id = AKOLD
aws_secret_access_key = geheim2
aws_session_token = token
`;

let folder = '';
let files = { config: '', credentials: '' };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-aws-'));
  files = { config: join(folder, 'config'), credentials: join(folder, 'credentials') };
  await writeFile(files.config, CONFIG);
  await writeFile(files.credentials, CREDENTIALS);
  vi.stubEnv('AWS_CONFIG_FILE', files.config);
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', files.credentials);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const keys = (signIn: Parameters<typeof keysOf>[0]['signIn']) => keysOf({ signIn, region: null }, new S3RequestHandler({ trust: null, proxy: null, silence: 1000 }));
const resolved = async ({ credentials }: Awaited<ReturnType<typeof keys>>) => (typeof credentials === 'function' ? credentials() : credentials);

describe('profiles of the AWS command line', () => {
  test('are read from both files', async () => {
    expect((await readProfiles(files)).map(({ name, region, endpoint, singleSignOn }) => [name, region, endpoint, singleSignOn])).toEqual([
      ['default', 'eu-central-1', null, false],
      ['work', 'us-west-2', 'https://s3.example.org', false],
      ['browser', null, null, true],
      ['old', null, null, false],
    ]);
    expect(await readProfiles({ config: join(folder, 'none'), credentials: join(folder, 'none') })).toEqual([]);
  });

  test('are suggested without secrets, those that sign in through a browser not', async () => {
    const suggestions = await suggestProfiles(files);
    expect(suggestions.map(({ label }) => label)).toEqual(['AWS profile default', 'AWS profile work', 'AWS profile old']);
    expect(suggestions[1]).toEqual({ label: 'AWS profile work', uri: 's3://', options: { credentials: 'profile', profile: 'work', region: 'us-west-2', endpoint: 'https://s3.example.org' } });
    expect(JSON.stringify(suggestions)).not.toMatch(/geheim|AKWORK|token/);
  });

  test('lie where the AWS command line looks', () => {
    expect(profileFiles({})).toEqual({ config: join(homedir(), '.aws', 'config'), credentials: join(homedir(), '.aws', 'credentials') });
  });

  test('give their keys', async () => {
    const work = await keys({ kind: 'profile', profile: 'work' });
    expect(work.region).toBe('us-west-2');
    expect(await resolved(work)).toMatchObject({ accessKeyId: 'AKWORK', secretAccessKey: 'geheim' });
    expect(await resolved(await keys({ kind: 'profile', profile: 'old' }))).toMatchObject({ accessKeyId: 'AKOLD', sessionToken: 'token' });
  });

  test('that are unknown, empty or sign in through a browser are refused with what can be done', async () => {
    await expect(keys({ kind: 'profile', profile: 'nobody' })).rejects.toMatchObject({ code: 'invalid_config', message: expect.stringContaining('Known: default, work, browser, old') });
    await expect(keys({ kind: 'profile', profile: 'browser' })).rejects.toMatchObject({ code: 'invalid_config', message: expect.stringContaining('browser') });
    await expect(keys({ kind: 'profile', profile: 'default' })).rejects.toMatchObject({ code: 'authentication_failed' });
  });
});

describe('the environment', () => {
  test('gives keys only when it is chosen', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKENV');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'geheim3');
    vi.stubEnv('AWS_REGION', 'ap-south-1');
    expect(await keys({ kind: 'environment' })).toMatchObject({ region: 'ap-south-1', credentials: { accessKeyId: 'AKENV' }, secrets: ['geheim3'] });
    expect(await keys({ kind: 'keys', accessKeyId: 'AK', secretAccessKey: 's', sessionToken: null })).toMatchObject({ region: null, credentials: { accessKeyId: 'AK', secretAccessKey: 's' } });
    expect((await keys({ kind: 'anonymous' })).credentials).toBeNull();
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    await expect(keys({ kind: 'environment' })).rejects.toMatchObject({ code: 'invalid_config' });
  });
});
