import { createHash, createHmac } from 'node:crypto';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface Unsigned {
  readonly method: string;
  /** percent-encoded, as it goes onto the wire */
  readonly path: string;
  /** `name=value&...`, percent-encoded and sorted by name, as it goes onto the wire */
  readonly query: string;
  /** names in lower case; `host` and `x-amz-content-sha256` are among them */
  readonly headers: Readonly<Record<string, string>>;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * Signs requests with AWS Signature Version 4 in headers
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). All headers that are given are signed.
 */
export class RequestSigner {
  readonly #region: string;
  readonly #service: string;
  /** valid for a day and one pair of keys */
  #key: { readonly day: string; readonly secret: string; readonly bytes: Buffer } | null = null;

  constructor(region: string, service: string) {
    this.#region = region;
    this.#service = service;
  }

  /** @returns the headers, with those that sign them */
  sign({ method, path, query, headers }: Unsigned, { accessKeyId, secretAccessKey, sessionToken }: Keys, now: Date): Record<string, string> {
    const time = now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
    const day = time.slice(0, 8);
    const signed: Record<string, string> = { ...headers, 'x-amz-date': time, ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }) };
    const names = Object.keys(signed).sort();
    const list = names.join(';');
    const lines = names.map((name) => `${name}:${(signed[name] ?? '').trim().replaceAll(/\s+/g, ' ')}\n`).join('');
    const canonical = `${method}\n${path}\n${query}\n${lines}\n${list}\n${signed['x-amz-content-sha256'] ?? ''}`;
    const scope = `${day}/${this.#region}/${this.#service}/aws4_request`;
    const signature = createHmac('sha256', this.#keyOf(day, secretAccessKey)).update(`${ALGORITHM}\n${time}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`).digest('hex');
    signed['authorization'] = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${list}, Signature=${signature}`;
    return signed;
  }

  #keyOf(day: string, secret: string): Buffer {
    if (this.#key?.day !== day || this.#key.secret !== secret) {
      const bytes = [day, this.#region, this.#service, 'aws4_request'].reduce((key, text) => createHmac('sha256', key).update(text).digest(), Buffer.from(`AWS4${secret}`));
      this.#key = { day, secret, bytes };
    }
    return this.#key.bytes;
  }
}
