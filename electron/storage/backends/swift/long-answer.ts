import { StorageError } from '../../../../shared/storage/errors.ts';
import { connectionFailure } from '../../http/connection-failure.ts';
import type { Answer } from '../../http/http-client.ts';

const MAX_BYTES = 4 * 1024 * 1024;

/** What a request came to that the server works at for long. */
export interface LongResult {
  readonly status: number;
  /** the server's own words, and what it says of single objects */
  readonly words: string;
}

/**
 * Reads the answer of a request during whose work the server sends blanks, so that the connection stays: the real status is in the body
 * (https://docs.openstack.org/api-ref/object-store/#create-or-replace-object, `heartbeat`; bulk delete and delete of large objects answer so too).
 */
export async function readLongAnswer(answer: Answer): Promise<LongResult> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_BYTES) throw new StorageError('unexpected', `The answer of ${answer.uri} does not end.`, { context: { uri: answer.uri } });
    }
  } catch (error) {
    throw connectionFailure(error, `read ${answer.uri}`, answer.uri, undefined);
  }
  return resultIn(Buffer.concat(chunks).toString('utf8'), answer.status);
}

export function resultIn(text: string, status: number): LongResult {
  const value = parse(text);
  const said = value?.['Response Status'];
  const code = typeof said === 'string' ? /^(\d{3})\b/.exec(said)?.[1] : undefined;
  const errors = Array.isArray(value?.['Errors']) ? value['Errors'].slice(0, 5).map(String) : [];
  return { status: code === undefined ? status : Number(code), words: [typeof said === 'string' ? said : '', ...errors].filter((word) => word !== '').join('; ') };
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}
