import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { invalidField } from '../../network/network-options.ts';
import { profileFiles, readProfiles } from './profiles.ts';
import type { S3RequestHandler } from './request-handler.ts';
import type { S3Settings } from './settings.ts';

export interface Keys {
  /** null: nobody in particular asks */
  readonly credentials: NonNullable<S3ClientConfig['credentials']> | null;
  /** of the profile, where the location names none */
  readonly region: string | null;
  /** never shown */
  readonly secrets: readonly string[];
}

/** The keys of a location, from where it says. A role that a profile assumes is asked for through `handler`. @throws StorageError invalid_config, authentication_failed */
export async function keysOf({ signIn, region }: Pick<S3Settings, 'signIn' | 'region'>, handler: S3RequestHandler): Promise<Keys> {
  switch (signIn.kind) {
    case 'anonymous':
      return { credentials: null, region: null, secrets: [] };
    case 'keys': {
      const { accessKeyId, secretAccessKey, sessionToken } = signIn;
      return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== null && { sessionToken }) }, region: null, secrets: [secretAccessKey, ...(sessionToken === null ? [] : [sessionToken])] };
    }
    case 'environment':
      return fromEnvironment(process.env);
    case 'profile':
      return fromProfile(signIn.profile, region, handler);
  }
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Keys {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '', AWS_SESSION_TOKEN: sessionToken = '', AWS_REGION: region = environment['AWS_DEFAULT_REGION'] ?? '' } = environment;
  if (accessKeyId === '' || secretAccessKey === '') throw invalidField('credentials', 'the environment has no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: expected both, or another way to sign in');
  return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== '' && { sessionToken }) }, region: region === '' ? null : region, secrets: [secretAccessKey, ...(sessionToken === '' ? [] : [sessionToken])] };
}

async function fromProfile(name: string, region: string | null, handler: S3RequestHandler): Promise<Keys> {
  const { config, credentials } = profileFiles();
  const profiles = await readProfiles({ config, credentials });
  const profile = profiles.find((each) => each.name === name);
  if (profile === undefined) throw invalidField('profile', `there is no profile ${JSON.stringify(name)} in ${config} or ${credentials}. Known: ${profiles.map((each) => each.name).join(', ') || 'none'}`);
  if (profile.singleSignOn) throw invalidField('profile', `${JSON.stringify(name)} signs in through a browser, which is not supported: expected a profile with keys, a role or a credential process`);
  const provider = fromIni({ profile: name, configFilepath: config, filepath: credentials, ignoreCache: true, clientConfig: { requestHandler: handler, region: region ?? profile.region ?? 'us-east-1' } });
  const read = async () => {
    try {
      return await provider();
    } catch (error) {
      if (error instanceof StorageError) throw error;
      throw new StorageError('authentication_failed', `The profile ${JSON.stringify(name)} gives no keys: ${error instanceof Error ? error.message.replace(/\.$/, '') : String(error)}.`, { cause: error, context: { field: 'profile' } });
    }
  };
  const first = await read();
  return { credentials: read, region: profile.region, secrets: [first.secretAccessKey, ...(first.sessionToken === undefined ? [] : [first.sessionToken])] };
}
