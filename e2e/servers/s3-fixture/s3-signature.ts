import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { accessDenied, invalidRequest, S3Error } from './s3-error.ts';

export interface S3FixtureUser {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** temporary credentials: every request must carry it */
  readonly sessionToken?: string;
  /** everything that changes something is denied */
  readonly readOnly?: boolean;
}

/** The parts of a request that are signed. */
export interface SignedRequest {
  readonly method: string;
  /** as it came, with the query */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** Who asks, and what the signatures of the body's chunks go on from. */
export interface Signature {
  readonly user: S3FixtureUser;
  readonly key: Buffer;
  readonly scope: string;
  /** as in `x-amz-date` */
  readonly timestamp: string;
  readonly signature: string;
  /** what `x-amz-content-sha256` says */
  readonly payload: string;
}

export interface SignatureRules {
  readonly users: readonly S3FixtureUser[];
  readonly region: string;
  /** the server's clock, in ms */
  readonly now: number;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SKEW_MS = 15 * 60 * 1000;
const LONGEST_S = 7 * 24 * 3600;

/**
 * Checks a signature in the `Authorization` header or of a presigned address (AWS Signature Version 4,
 * docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html).
 *
 * @throws S3Error as S3 does
 */
export function checkSignature(request: SignedRequest, rules: SignatureRules): Signature {
  const [path = '/', rawQuery = ''] = splitOnce(request.url, '?');
  const query = parseQuery(rawQuery);
  const presigned = query.some(([name]) => name === 'X-Amz-Signature');
  if (!presigned && request.headers.authorization === undefined) throw accessDenied();
  const claim = presigned ? presignedClaim(query) : headerClaim(request.headers);
  const { credential, signedHeaders, signature, timestamp, payload } = claim;
  const [accessKeyId = '', day = '', region = '', service = '', end = ''] = credential.split('/');
  const user = rules.users.find((one) => one.accessKeyId === accessKeyId);
  if (user === undefined) throw new S3Error(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', { AWSAccessKeyId: accessKeyId });
  if (region !== rules.region || service !== 's3' || end !== 'aws4_request') {
    throw new S3Error(400, presigned ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed', `The authorization header is malformed; the region '${region}' is wrong; expecting '${rules.region}'`, { Region: rules.region }, { 'x-amz-bucket-region': rules.region });
  }
  checkTime(timestamp, day, claim.expires, rules.now);
  const token = presigned ? query.find(([name]) => name === 'X-Amz-Security-Token')?.[1] : header(request.headers, 'x-amz-security-token');
  if (token !== user.sessionToken) throw new S3Error(403, 'InvalidToken', 'The provided token is malformed or otherwise invalid.');
  const unsigned = Object.keys(request.headers).filter((name) => name.startsWith('x-amz-') && !signedHeaders.includes(name));
  if (unsigned.length > 0 || !signedHeaders.includes('host')) throw accessDenied('There were headers present in the request which were not signed');

  const scope = `${day}/${region}/${service}/${end}`;
  const key = signingKey(user.secretAccessKey, day, region);
  const canonical = canonicalRequest({ ...request, path, query: query.filter(([name]) => name !== 'X-Amz-Signature'), signedHeaders, payload });
  const wanted = sign(key, [ALGORITHM, timestamp, scope, sha256(canonical)]);
  if (!equal(wanted, signature)) {
    throw new S3Error(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match the signature you provided. Check your key and signing method.', { AWSAccessKeyId: accessKeyId, CanonicalRequest: canonical });
  }
  return { user, key, scope, timestamp, signature, payload };
}

/** The signature of a chunk of the body, from that before it. */
export function chunkSignature({ key, scope, timestamp }: Signature, previous: string, bytesHash: string): string {
  return sign(key, [`${ALGORITHM}-PAYLOAD`, timestamp, scope, previous, sha256(''), bytesHash]);
}

/** The signature of the trailing headers, each a line `name:value` with its line break. */
export function trailerSignature({ key, scope, timestamp }: Signature, previous: string, trailer: string): string {
  return sign(key, [`${ALGORITHM}-TRAILER`, timestamp, scope, previous, sha256(trailer)]);
}

export function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

interface Claim {
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly timestamp: string;
  readonly payload: string;
  /** seconds, of presigned addresses */
  readonly expires: number | null;
}

function headerClaim(headers: IncomingHttpHeaders): Claim {
  const { authorization = '' } = headers;
  const parts = /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(authorization);
  if (parts === null) throw new S3Error(400, 'AuthorizationHeaderMalformed', 'The authorization header is malformed.');
  const payload = header(headers, 'x-amz-content-sha256');
  if (payload === undefined) throw invalidRequest('Missing required header for this request: x-amz-content-sha256');
  return { credential: parts[1] ?? '', signedHeaders: (parts[2] ?? '').split(';'), signature: parts[3] ?? '', timestamp: header(headers, 'x-amz-date') ?? '', payload, expires: null };
}

function presignedClaim(query: readonly (readonly [string, string])[]): Claim {
  const value = (name: string) => query.find(([one]) => one === name)?.[1] ?? '';
  const expires = Number(value('X-Amz-Expires'));
  const malformed = value('X-Amz-Algorithm') !== ALGORITHM || !Number.isInteger(expires) || expires < 1 || expires > LONGEST_S;
  if (malformed) throw new S3Error(400, 'AuthorizationQueryParametersError', 'X-Amz-Algorithm must be AWS4-HMAC-SHA256, and X-Amz-Expires a number of seconds less than a week.');
  return {
    credential: value('X-Amz-Credential'),
    signedHeaders: value('X-Amz-SignedHeaders').split(';'),
    signature: value('X-Amz-Signature'),
    timestamp: value('X-Amz-Date'),
    payload: value('X-Amz-Content-Sha256') || 'UNSIGNED-PAYLOAD',
    expires,
  };
}

function checkTime(timestamp: string, day: string, expires: number | null, now: number): void {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp)?.slice(1);
  if (parts === undefined || !timestamp.startsWith(day)) throw accessDenied('AWS authentication requires a valid Date or x-amz-date header');
  const [year = 0, month = 0, date = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
  const made = Date.UTC(year, month - 1, date, hour, minute, second);
  if (expires !== null && now > made + expires * 1000) throw new S3Error(403, 'AccessDenied', 'Request has expired', { 'X-Amz-Expires': String(expires), ServerTime: new Date(now).toISOString() });
  if (made > now + SKEW_MS || (expires === null && made < now - SKEW_MS)) {
    throw new S3Error(403, 'RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.', { RequestTime: timestamp, ServerTime: new Date(now).toISOString(), MaxAllowedSkewMilliseconds: String(SKEW_MS) });
  }
}

function canonicalRequest({ method, path, query, headers, signedHeaders, payload }: SignedRequest & { path: string; query: readonly (readonly [string, string])[]; signedHeaders: readonly string[]; payload: string }): string {
  const canonicalQuery = query
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const canonicalHeaders = signedHeaders.map((name) => `${name}:${(header(headers, name) ?? '').trim().replace(/ +/g, ' ')}\n`).join('');
  return [method, decode(path).split('/').map(encode).join('/'), canonicalQuery, canonicalHeaders, signedHeaders.join(';'), payload].join('\n');
}

/** Names and values, decoded. */
export function parseQuery(query: string): readonly (readonly [string, string])[] {
  return query
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const [name = '', value = ''] = splitOnce(pair, '=');
      return [decode(name), decode(value)] as const;
    });
}

export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error(400, 'InvalidURI', "Couldn't parse the specified URI.");
  }
}

/** Everything but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function signingKey(secret: string, day: string, region: string): Buffer {
  return [day, region, 's3', 'aws4_request'].reduce<Buffer>((key, text) => hmac(key, text), Buffer.from(`AWS4${secret}`));
}

export function sign(key: Buffer, lines: readonly string[]): string {
  return hmac(key, lines.join('\n')).toString('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
