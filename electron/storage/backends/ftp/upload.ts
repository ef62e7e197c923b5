import type { Writable } from 'node:stream';
import { type Checksum, type HashName, DEFAULT_HASH } from '../../../../shared/storage/checksum.ts';
import type { Resumption } from '../../../../shared/storage/evidence.ts';
import { hashStream } from '../../../integrity/hash.ts';
import type { StoredBytes } from '../../../integrity/ladder.ts';
import { PrefixGate } from '../../prefix-gate.ts';
import type { SaveStreamOptions } from '../../storage-backend.ts';
import type { WriteHandle } from '../../write-handle.ts';
import type { FtpClient } from './client.ts';
import type { DataWriter } from './data-writer.ts';
import type { DigestCommand } from './digest.ts';
import type { WriteFindings } from './probe.ts';
import { publish } from './publish.ts';
import { storedFile } from './stored-file.ts';

export interface PartialOptions extends Pick<SaveStreamOptions, 'overwrite' | 'modified' | 'signal'> {
  /** absolute path of the partial file, beside the real one */
  readonly partial: string;
  /** absolute path of the real one */
  readonly target: string;
  readonly findings: WriteFindings;
  /** null: the server computes none */
  readonly digest: DigestCommand | null;
}

export interface UploadOptions extends PartialOptions {
  /** what an earlier save left; null: nothing */
  readonly left: { readonly size: number; readonly proof: Resumption['proof'] } | null;
  /** the partial file stays after a failure that may pass */
  readonly keeps: boolean;
}

/** A complete file under its partial name: it is proven there, and then takes its real name. */
export function unpublished(client: FtpClient, { partial, target, findings, digest, overwrite, modified }: PartialOptions): Omit<WriteHandle, 'stream'> {
  return {
    stored: storedFile(client, partial, digest),
    commit: async ({ size }) => {
      const timed = modified !== undefined && findings.modified !== null && (await client.setModified(findings.modified, partial, modified));
      await publish(client, { partial, target, size, overwrite, replaces: findings.replaces });
      return timed ? { modified: new Date(Math.floor(modified.getTime() / 1000) * 1000).toISOString() } : undefined;
    },
    abort: async () => void (await client.ask(`DELE ${partial}`)),
  };
}

/** The bytes of a save on their way into a partial file, from the first one or from where an earlier save was cut off. */
export function upload(client: FtpClient, options: UploadOptions): WriteHandle {
  const { partial, target, findings, digest, left, signal } = options;
  const handle = unpublished(client, options);
  const writer = client.writer(partial, { offset: left?.size ?? 0, appends: findings.resume === 'append', target, signal });
  const gate = left === null ? null : gateBefore(writer, handle.stored, left, digest?.algorithm ?? DEFAULT_HASH, signal);
  const stream: Writable = gate ?? writer;
  const end = async (): Promise<void> => {
    stream.destroy();
    await writer.settled;
  };
  return {
    ...handle,
    stream,
    resumed: () => gate?.resumption ?? null,
    ...(options.keeps && { keep: end }),
    abort: async () => {
      await end();
      if (writer.begun || left !== null) await handle.abort();
    },
  };
}

/** The partial file holds nothing but the beginning, so its digest as a whole is that of the beginning. */
function gateBefore(sink: DataWriter, stored: StoredBytes | undefined, { size: offset, proof }: NonNullable<UploadOptions['left']>, digestHash: HashName, signal: AbortSignal | undefined): PrefixGate {
  const algorithm = proof === 'server digest' ? digestHash : DEFAULT_HASH;
  const digest = async (): Promise<Checksum | null> => {
    if (stored === undefined) return null;
    if (proof === 'server digest') {
      await stored.size(signal);
      return (await stored.serverDigest?.(signal)) ?? null;
    }
    return (await hashStream(await stored.readBack(signal), [algorithm], { signal })).checksums[algorithm] ?? null;
  };
  return new PrefixGate({ offset, algorithm, proof, digest, sink });
}
