import { appendFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, threadId } from 'node:worker_threads';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const CAPABILITIES = {
  read: true, list: false, makeDirectory: false, move: false, delete: true, rangeRead: false, initialize: false, update: false, noOverwrite: false,
  atomicPublish: false, resume: false, versions: false, link: false, preserveModified: false, serverDigest: [], maximumSize: null,
};
let made = 0;

/** For the tests of the threads: what it does to a file is in its address, and where it did it in the URI of the stored file. */
export function createBackend({ StorageBackend, StorageLocation, StorageError }) {
  class OddFile extends StorageBackend {
    constructor(location, path) {
      super(location.context, `${location.uri}/${path}`);
      this.location = location;
      this.path = path;
    }

    async open() {
      return Readable.from([Buffer.from(this.location.files.get(this.path) ?? '')], { objectMode: false });
    }

    async delete() {
      this.location.files.delete(this.path);
    }

    async size() {
      return this.location.files.get(this.path)?.length ?? 0;
    }

    async _initialize() {
      throw new StorageError('unsupported', 'It cannot.');
    }

    async getSaveStream({ signal }) {
      const { kind, files, number, share } = this.location;
      if (kind === 'odd-exits' && !isMainThread) {
        await sleep(50);
        process.exit(3);
      }
      if (kind === 'odd-hoards' && !isMainThread) {
        const hoard = [];
        for (;;) hoard.push({ text: `${hoard.length}` });
      }
      if (kind === 'odd-begins') globalThis.uploadsOfThreads.set(`odd upload ${this.path}`, 'active');
      if (kind === 'odd-slow') await sleep(100);
      if (kind === 'odd-waits') {
        writeFileSync(join(FOLDER, 'sources', `${this.path}.begun`), '');
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        writeFileSync(join(FOLDER, 'sources', `${this.path}.end`), signal.reason?.name === 'AbortError' ? 'aborted' : signal.reason?.message);
      }
      const pieces = [];
      return {
        stream: new Writable({
          write(piece, _encoding, done) {
            pieces.push(Buffer.from(piece));
            done();
          },
        }),
        commit: async () => {
          files.set(this.path, Buffer.concat(pieces));
          return { uri: `${this.uri}?thread=${threadId}&connection=${number}&connections=${share}` };
        },
        abort: async () => undefined,
      };
    }
  }

  class Odd extends StorageLocation {
    capabilities = CAPABILITIES;
    files = new Map();

    constructor({ uri, proof, sizeLimit, connections }) {
      super();
      this.uri = uri;
      this.kind = uri.slice('odd:///'.length);
      this.number = ++made;
      this.share = String(connections);
      this.context = { capabilities: CAPABILITIES, proof, sizeLimit };
    }

    file(path) {
      return new OddFile(this, path);
    }

    async stat(path) {
      throw new StorageError('not_found', `There is no ${path}.`);
    }

    async probe() {
      return { ok: true, lines: [] };
    }

    async *list() {
      yield [];
    }

    async makeDirectory() {}
    async move() {}
    async remove() {}
    async close() {}
  }

  return {
    name: 'odd', title: 'Odd', description: '', uriLabel: 'Address', uriPlaceholder: '', uriIsFolder: false, secretLabel: null, fields: [],
    async connect(config) {
      if (config.uri.endsWith('mainonly') && !isMainThread) {
        appendFileSync(join(FOLDER, 'refused'), '.');
        throw new StorageError('rate_limited', 'Too many connections.');
      }
      if (config.uri.endsWith('proxy') && config.secret !== null) await config.network.proxyFor(`${config.uri}?secret=${encodeURIComponent(config.secret)}`);
      return new Odd(config);
    },
  };
}
