import { Readable, Writable } from 'node:stream';

const CAPABILITIES = {
  read: true,
  list: true,
  makeDirectory: false,
  move: false,
  delete: true,
  rangeRead: true,
  initialize: false,
  update: false,
  noOverwrite: true,
  atomicPublish: true,
  resume: false,
  versions: false,
  link: false,
  preserveModified: false,
  serverDigest: [],
  maximumSize: null,
};

/** A storage that keeps its files in memory, one flat shelf for each address. */
export function createBackend(host) {
  const { StorageBackend, StorageLocation, StorageError, parseLocationPath } = host;
  const shelves = new Map();

  const unsupported = async (what) => {
    throw new StorageError('unsupported', `A shelf cannot ${what}.`);
  };

  class ShelfFile extends StorageBackend {
    constructor(context, path) {
      super(context, `shelf:///${encodeURIComponent(path)}`);
      this.path = path;
    }

    find() {
      const found = this.context.shelf.get(this.path);
      if (found === undefined) throw new StorageError('not_found', `There is no file ${this.path} on the shelf.`);
      return found;
    }

    async open({ start = 0, end = Infinity, signal } = {}) {
      signal?.throwIfAborted();
      return streamOf(this.find().bytes.subarray(start, end + 1), signal);
    }

    async delete() {
      this.find();
      this.context.shelf.delete(this.path);
    }

    async size() {
      return this.find().bytes.length;
    }

    _initialize() {
      return unsupported('allocate files');
    }

    async getSaveStream({ overwrite }) {
      const pieces = [];
      const { shelf } = this.context;
      const refuse = () => {
        if (!overwrite && shelf.has(this.path)) throw new StorageError('already_exists', `${this.path} is on the shelf already.`);
      };
      refuse();
      return {
        stream: new Writable({
          write(piece, _encoding, done) {
            pieces.push(Buffer.from(piece));
            done();
          },
        }),
        stored: {
          size: async () => Buffer.concat(pieces).length,
          readBack: async (signal) => streamOf(Buffer.concat(pieces), signal),
        },
        commit: async () => {
          refuse();
          shelf.set(this.path, { bytes: Buffer.concat(pieces), modified: new Date().toISOString() });
        },
        abort: async () => {
          pieces.length = 0;
        },
      };
    }
  }

  class Shelf extends StorageLocation {
    capabilities = CAPABILITIES;

    constructor(context) {
      super();
      this.context = { ...context, capabilities: CAPABILITIES };
    }

    async *list(text) {
      if (parseLocationPath(text) !== '') throw new StorageError('not_found', 'A shelf has no folders.');
      yield await Promise.all([...this.context.shelf.keys()].map((path) => this.stat(path)));
    }

    async stat(text) {
      const file = this.file(text);
      const { bytes, modified } = file.find();
      return { kind: 'file', path: file.path, name: file.path, uri: file.uri, size: bytes.length, modified, checksum: null, readable: true, writable: false };
    }

    async remove(text) {
      await this.file(text).delete();
    }

    file(text) {
      const path = parseLocationPath(text);
      if (path === '') throw new StorageError('invalid_location', 'A file needs a name.');
      return new ShelfFile(this.context, path);
    }

    async probe() {
      return { ok: true, lines: [{ ok: true, text: `${this.context.shelf.size} files are on the shelf.` }] };
    }

    makeDirectory() {
      return unsupported('hold folders');
    }

    move() {
      return unsupported('rename files');
    }

    async close() {}
  }

  return {
    name: 'shelf',
    title: 'Shelf',
    description: 'Keeps files in memory until Holdfast ends.',
    uriLabel: 'Address',
    uriPlaceholder: 'shelf:///',
    uriIsFolder: false,
    secretLabel: null,
    fields: [],
    sharesMemory: true,
    async connect({ uri, proof, sizeLimit }) {
      if (!uri.startsWith('shelf:///')) throw new StorageError('invalid_config', `${JSON.stringify(uri)} is no shelf: expected "shelf:///name".`);
      if (!shelves.has(uri)) shelves.set(uri, new Map());
      return new Shelf({ shelf: shelves.get(uri), proof, sizeLimit });
    },
  };
}

function streamOf(bytes, signal) {
  const pieces = function* () {
    for (let at = 0; at < bytes.length; at += 65536) yield bytes.subarray(at, at + 65536);
  };
  return Readable.from(pieces(), { objectMode: false, signal });
}
