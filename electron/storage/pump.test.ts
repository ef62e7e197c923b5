import { Readable, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Progress } from '../../shared/transfers/transfer.ts';
import { MultiHash } from '../integrity/hash.ts';
import { pump } from './pump.ts';

const hash = () => MultiHash.create(['md5']);

/** A sink that keeps what it gets, or never takes the next piece. */
function sinkOf(options: { readonly stuck?: boolean; readonly failAt?: number } = {}) {
  const pieces: Buffer[] = [];
  const stream = new Writable({
    highWaterMark: 1,
    write(piece: Buffer, _encoding, done) {
      pieces.push(piece);
      if (pieces.length === options.failAt) done(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
      else if (options.stuck !== true) setImmediate(done);
    },
  });
  return { stream, bytes: () => Buffer.concat(pieces).length, pieces };
}

/** Gives one piece, calls `then`, and is silent from then on. */
function silentAfter(first: string, then: () => void): Readable {
  let given = false;
  return new Readable({
    read() {
      if (given) return void setImmediate(then);
      given = true;
      this.push(Buffer.from(first));
    },
  });
}

const source = (...pieces: readonly string[]) => Readable.from(pieces.map((piece) => Buffer.from(piece)));

describe('pump', () => {
  test('cuts large pieces, hashes everything and reports the total', async () => {
    const sink = sinkOf();
    const seen: Progress[] = [];
    const hashed = await hash();
    expect(await pump(source('abcde', 'f'), sink.stream, { size: 6, chunkSize: 2, hash: hashed, onProgress: (progress) => seen.push(progress) })).toBe(6);
    expect(sink.pieces.map(String)).toEqual(['ab', 'cd', 'e', 'f']);
    expect(hashed.digests().md5).toBe('md5:e80b5017098950fc58aad83c8c14978e');
    expect(seen.map(({ bytes }) => bytes)).toEqual([0, 2, 4, 5, 6]);
    expect(seen.every(({ total }) => total === 6)).toBe(true);
  });

  test.each([
    ['limit', { limit: { bytes: 7 } }, 'size_limit_exceeded'],
    ['announced size', { size: 7 }, 'size_mismatch'],
    ['limit counted from where it starts', { limit: { bytes: 107 }, start: 100 }, 'size_limit_exceeded'],
  ] as const)('a piece over the %s never reaches the sink', async (_label, options, code) => {
    const sink = sinkOf();
    await expect(pump(source('1234', '5678'), sink.stream, { ...options, hash: await hash() })).rejects.toMatchObject({ code });
    expect(sink.bytes()).toBe(4);
    expect(sink.stream.destroyed).toBe(true);
  });

  test('asks the source for no more than the sink has taken', async () => {
    const abort = new AbortController();
    const sink = sinkOf({ stuck: true });
    let asked = 0;
    const endless = new Readable({
      highWaterMark: 1,
      read() {
        asked += 1;
        this.push(Buffer.alloc(1000));
        if (asked < 20) setImmediate(() => setImmediate(() => setImmediate(() => (sink.bytes() > 0 ? abort.abort() : undefined))));
      },
    });
    await expect(pump(endless, sink.stream, { signal: abort.signal, hash: await hash() })).rejects.toMatchObject({ code: 'canceled' });
    expect(asked).toBeLessThan(6);
  });

  test('a cancel does not wait for a silent source', async () => {
    const abort = new AbortController();
    const silent = silentAfter('abc', () => abort.abort());
    await expect(pump(silent, sinkOf().stream, { signal: abort.signal, hash: await hash() })).rejects.toMatchObject({ code: 'canceled' });
    expect(silent.destroyed).toBe(true);
  });

  test('a cancel does not wait for a source that cannot even be ended', async () => {
    const abort = new AbortController();
    const deaf = Readable.from(
      (async function* () {
        yield Buffer.from('abc');
        await new Promise(() => setImmediate(() => abort.abort()));
      })(),
    );
    await expect(pump(deaf, sinkOf().stream, { signal: abort.signal, hash: await hash() })).rejects.toMatchObject({ code: 'canceled' });
  });

  test('a sink that dies does not wait for a silent source', async () => {
    const sink = sinkOf();
    const silent = silentAfter('abc', () => sink.stream.destroy(Object.assign(new Error('wire cut'), { code: 'ECONNRESET' })));
    await expect(pump(silent, sink.stream, { hash: await hash() })).rejects.toMatchObject({ code: 'unavailable', context: { side: 'destination' } });
    expect(silent.destroyed).toBe(true);
  });

  test('tells which side failed', async () => {
    const failing = Readable.from(
      (async function* () {
        yield Buffer.from('abc');
        throw Object.assign(new Error('bad sector'), { code: 'EACCES' });
      })(),
    );
    await expect(pump(failing, sinkOf().stream, { hash: await hash() })).rejects.toMatchObject({ code: 'permission_denied', context: { side: 'source' } });
    const untouched = source('abc', 'def');
    await expect(pump(untouched, sinkOf({ failAt: 1 }).stream, { hash: await hash() })).rejects.toMatchObject({ code: 'out_of_space', context: { side: 'destination' } });
    expect(untouched.destroyed).toBe(true);
  });

  test('a source that was canceled before gives nothing', async () => {
    const sink = sinkOf();
    await expect(pump(source('abc'), sink.stream, { signal: AbortSignal.abort(), hash: await hash() })).rejects.toMatchObject({ code: 'canceled' });
    expect(sink.bytes()).toBe(0);
  });

  test('takes text as UTF-8, and nothing that is neither text nor bytes', async () => {
    const sink = sinkOf();
    expect(await pump(Readable.from(['\u00e9']), sink.stream, { hash: await hash() })).toBe(2);
    await expect(pump(Readable.from([{}]), sinkOf().stream, { hash: await hash() })).rejects.toMatchObject({ code: 'unexpected' });
  });

  test.each([0, -1, 1.5, Number.NaN])('refuses pieces of %s bytes', async (chunkSize) => {
    await expect(pump(source('abc'), sinkOf().stream, { chunkSize, hash: await hash() })).rejects.toMatchObject({ code: 'invalid_config' });
  });
});
