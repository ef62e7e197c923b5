import { Readable, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Checksum, HashName } from '../../shared/storage/checksum.ts';
import { DEFAULT_PROOF_POLICY } from '../../shared/storage/evidence.ts';
import { hashStream } from '../integrity/hash.ts';
import { EVERYTHING } from './backends/memory/definition.ts';
import { type BackendContext, type ChecksumOptions, type SaveStreamOptions, StorageBackend } from './storage-backend.ts';
import type { Published, WriteHandle } from './write-handle.ts';

const BYTES = Buffer.from('what was sent');
const CONTEXT: BackendContext = { capabilities: { ...EVERYTHING, atomicPublish: false }, proof: DEFAULT_PROOF_POLICY, sizeLimit: null };

/** The least that an author can write: it shows nothing before the commit, and keeps a diary. */
class Plain extends StorageBackend {
  readonly diary: string[] = [];
  bytes: Buffer | null = null;
  spoil = (bytes: Buffer): Buffer => bytes;

  override open(): Promise<Readable> {
    this.diary.push('open');
    return this.bytes === null ? Promise.reject(Object.assign(new Error('none'), { code: 'ENOENT' })) : Promise.resolve(Readable.from([this.bytes]));
  }
  override delete(): Promise<void> {
    this.diary.push('delete');
    this.bytes = null;
    return Promise.resolve();
  }
  protected override _initialize(): Promise<undefined> {
    return Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
  }
  protected override getSaveStream(_options: SaveStreamOptions): Promise<WriteHandle> {
    const pieces: Buffer[] = [];
    return Promise.resolve({
      stream: new Writable({
        write(piece: Buffer, _encoding, done) {
          pieces.push(piece);
          done();
        },
      }),
      commit: () => {
        this.diary.push('commit');
        this.bytes = this.spoil(Buffer.concat(pieces));
        return Promise.resolve(undefined);
      },
      abort: () => {
        this.diary.push('abort');
        return Promise.resolve();
      },
    });
  }
}

/** The storage alone decides the digest, and computes one that nobody asked for. */
class Deciding extends Plain {
  static override checksumHashName: HashName | null = null;
  answer: Checksum | null = null;

  override checksum(_options?: ChecksumOptions): Promise<Checksum | null> {
    return Promise.resolve(this.answer);
  }
}

const source = () => Readable.from([BYTES]);
const digest = async (bytes: Buffer, algorithm: HashName) => (await hashStream(Readable.from([bytes]), [algorithm])).checksums[algorithm] ?? null;

describe('a save into a storage that shows nothing before the commit', () => {
  test('is proven afterwards by reading back', async () => {
    const file = new Plain(CONTEXT, 'plain:a');
    const { evidence } = await file.save(source());
    expect(evidence.map(({ level }) => level)).toEqual([3]);
    expect(file.diary).toEqual(['commit', 'open']);
  });

  test('takes a bad copy away, and never aborts what was committed', async () => {
    const file = new Plain(CONTEXT, 'plain:a');
    file.spoil = (bytes) => Buffer.from(bytes).fill(0, 0, 1);
    await expect(file.save(source())).rejects.toMatchObject({ code: 'checksum_mismatch', context: { published: false } });
    expect(file.diary).toEqual(['commit', 'open', 'delete']);
  });

  test('takes back what was published, where the backend knows more of it than its name', async () => {
    class Versioned extends Plain {
      protected override takeBack(published: Published | undefined): Promise<void> {
        this.diary.push(`take back ${published?.versionId ?? ''}`);
        return Promise.resolve();
      }
      protected override async getSaveStream(options: SaveStreamOptions): Promise<WriteHandle> {
        const handle = await super.getSaveStream(options);
        return { ...handle, commit: (written) => handle.commit(written).then(() => ({ versionId: 'v7' })) };
      }
    }
    const file = new Versioned(CONTEXT, 'plain:a');
    file.spoil = (bytes) => bytes.subarray(1);
    await expect(file.save(source())).rejects.toMatchObject({ code: 'size_mismatch', context: { published: false } });
    expect(file.diary).toEqual(['commit', 'open', 'take back v7']);
  });

  test('computes and asks for the digest that a file of its size has', async () => {
    class Parted extends Deciding {
      protected override digestAsked(size: number | undefined): HashName | null {
        return size !== undefined && size > 5 ? null : 'md5';
      }
    }
    const large = new Parted(CONTEXT, 'plain:a');
    expect(Object.keys((await large.save(source(), { size: BYTES.length })).checksums)).toEqual(['sha256']);
    const unknown = new Parted(CONTEXT, 'plain:a');
    expect(Object.keys((await unknown.save(source())).checksums)).toEqual(['sha256', 'md5']);
  });

  test('says so when the bad copy cannot be taken away', async () => {
    const file = new Plain(CONTEXT, 'plain:a');
    file.spoil = (bytes) => bytes.subarray(1);
    file.delete = () => Promise.reject(new Error('no'));
    await expect(file.save(source())).rejects.toMatchObject({ code: 'size_mismatch', message: expect.stringContaining('could not be removed from plain:a'), context: { published: true } });
  });

  test('keeps a copy that could not be asked about, and says that it is there', async () => {
    const file = new Plain(CONTEXT, 'plain:a');
    file.open = () => Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNRESET' }));
    await expect(file.save(source())).rejects.toMatchObject({ code: 'unavailable', retryable: true, context: { published: true } });
    expect(file.diary).toEqual(['commit']);
  });

  test('proves each of two saves to one name before the next is published', async () => {
    const [first, second] = [new Plain(CONTEXT, 'plain:same'), new Plain(CONTEXT, 'plain:same')];
    const shared: string[] = [];
    for (const file of [first, second]) {
      file.diary.push = (...lines: string[]) => shared.push(...lines);
    }
    await Promise.all([first.save(source()), second.save(source())]);
    expect(shared).toEqual(['commit', 'open', 'commit', 'open']);
  });
});

describe('a storage that decides the digest', () => {
  test('is compared with what is read back, when the source has no such digest', async () => {
    const file = new Deciding(CONTEXT, 'plain:a');
    file.answer = await digest(BYTES, 'crc64nvme');
    const { evidence, checksum } = await file.save(source());
    expect(evidence.map(({ level, algorithm }) => [level, algorithm])).toEqual([
      [2, 'crc64nvme'],
      [3, 'sha256'],
    ]);
    expect(checksum).toBe(await digest(BYTES, 'sha256'));
  });

  test('fails with both values when its digest is of other bytes', async () => {
    const file = new Deciding(CONTEXT, 'plain:a');
    file.answer = await digest(Buffer.from('other'), 'crc64nvme');
    await expect(file.save(source())).rejects.toMatchObject({ code: 'checksum_mismatch', context: { expected: await digest(BYTES, 'crc64nvme'), found: file.answer } });
  });
});

describe('checksumHashName', () => {
  test('may be one of the class or of the instance', async () => {
    class OfClass extends Plain {
      static override checksumHashName: HashName | null = 'md5';
    }
    class OfInstance extends Plain {
      override readonly checksumHashName = 'crc32';
    }
    expect((await new OfClass(CONTEXT, 'plain:a').save(source())).checksum).toBe(await digest(BYTES, 'md5'));
    expect((await new OfInstance(CONTEXT, 'plain:b').save(source())).checksum).toBe(await digest(BYTES, 'crc32'));
    expect(new Plain(CONTEXT, 'plain:c').checksumHashName).toBe('sha256');
  });

  test('null without an own checksum() asks for an algorithm', async () => {
    class Nameless extends Plain {
      static override checksumHashName: HashName | null = null;
    }
    const file = new Nameless(CONTEXT, 'plain:a');
    await file.save(source());
    await expect(file.checksum()).rejects.toMatchObject({ code: 'unsupported' });
    expect(await file.checksum({ algorithm: 'md5' })).toBe(await digest(BYTES, 'md5'));
  });
});

describe('what an author throws is wrapped once', () => {
  test('in every method of the base class', async () => {
    const missing = new Plain(CONTEXT, 'plain:missing');
    const context = { uri: 'plain:missing', system: 'ENOENT' };
    await expect(missing.checksum()).rejects.toMatchObject({ code: 'not_found', context });
    await expect(new Plain(CONTEXT, 'plain:b').copyFrom(missing)).rejects.toMatchObject({ code: 'not_found', context });
    await expect(missing.initialize(5)).rejects.toMatchObject({ code: 'out_of_space' });
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('a size of %s is refused before the storage is asked', async (size) => {
    const file = new Plain(CONTEXT, 'plain:a');
    await expect(file.save(source(), { size })).rejects.toMatchObject({ code: 'invalid_config' });
    await expect(file.initialize(size)).rejects.toMatchObject({ code: 'invalid_config' });
    await expect(file.update(source(), { seek: size })).rejects.toMatchObject({ code: 'invalid_config' });
  });

  test('a storage without a way to update says so', async () => {
    await expect(new Plain(CONTEXT, 'plain:a').update(source(), { seek: 0 })).rejects.toMatchObject({ code: 'unsupported' });
  });

  test('the failure of a clean-up does not hide the one before it', async () => {
    class Stubborn extends Plain {
      protected override async getSaveStream(options: SaveStreamOptions): Promise<WriteHandle> {
        return { ...(await super.getSaveStream(options)), abort: () => Promise.reject(new Error('clean-up failed')) };
      }
    }
    await expect(new Stubborn(CONTEXT, 'plain:a').save(source(), { size: 1 })).rejects.toMatchObject({ code: 'size_mismatch' });
  });
});
