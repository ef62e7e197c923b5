import type { ConnectConfig } from '../../backend-definition.ts';
import { proxyFor } from '../../network/network-options.ts';
import { createTrust } from '../../network/trust.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { keysOf } from './credentials.ts';
import { refusalIn, regionIn } from './errors.ts';
import type { Findings } from './findings.ts';
import { S3Location } from './location.ts';
import { probeBucket } from './probe.ts';
import { S3RequestHandler } from './request-handler.ts';
import { S3Session } from './session.ts';
import type { S3Settings } from './settings.ts';

/** Where Amazon's buckets are that say no region. */
const DEFAULT_REGION = 'us-east-1';

/** Connects and probes. This module brings the SDK with it, so it is loaded when a bucket is opened and not before. */
export async function connectS3(settings: S3Settings, { network, proof, sizeLimit, findings: known }: Pick<ConnectConfig, 'network' | 'proof' | 'sizeLimit' | 'findings'>, { signal }: OperationOptions): Promise<S3Location> {
  // The floor of this program is lower than that of coming versions of the SDK, which it would say on the console.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const server = settings.endpoint ?? 'https://s3.amazonaws.com';
  const trust = server.startsWith('https:') ? await createTrust(settings) : null;
  const handler = new S3RequestHandler({ trust, proxy: await proxyFor(server, settings, network), silence: settings.silence });
  try {
    const { credentials, region, secrets } = await keysOf(settings, handler);
    const { bucket, root, endpoint, pathStyle } = settings;
    const asked = new S3Session({ bucket, root, endpoint, pathStyle, credentials, handler, secrets, region: settings.region ?? region ?? DEFAULT_REGION });
    const { session, findings } = known === undefined ? await inItsRegion(asked, settings, signal) : goOn(asked, known as Findings);
    return new S3Location(session, settings, findings, { proof, sizeLimit });
  } catch (error) {
    handler.destroy();
    throw error;
  }
}

/** What another connection found out counts for this one. */
function goOn(session: S3Session, findings: Findings): { readonly session: S3Session; readonly findings: Findings } {
  return { session: findings.region === session.region ? session : session.inRegion(findings.region), findings };
}

/** A bucket is asked for in the wrong region until somebody says the right one; most servers do, and the rest have none. */
async function inItsRegion(session: S3Session, settings: S3Settings, signal: AbortSignal | undefined): Promise<{ readonly session: S3Session; readonly findings: Findings }> {
  try {
    return { session, findings: await probeBucket(session, { ...settings, signal }) };
  } catch (error) {
    const { cause } = error as { readonly cause?: unknown };
    const refusal = refusalIn(cause);
    const told = refusal === null ? null : regionIn(refusal, cause);
    // What the user has set is not overruled, but told.
    if (told === null || told === session.region || settings.region !== null) throw error;
    const moved = session.inRegion(told);
    return { session: moved, findings: await probeBucket(moved, { ...settings, signal }) };
  }
}
