import type { OnReadOpts, Socket } from 'node:net';

/** A TLS record holds 16 KiB at most; the rest is for connections without TLS. */
const READ = 64 * 1024;
/** One for all connections of this thread: what is in it is used up before the next read. */
let memory: Uint8Array | null = null;

/**
 * Reads of one connection into memory that is used again and again. Usually each is copied from there, as from any socket. While
 * `lends` is set, who listens to `readable` and calls `read` at once gets the memory itself, and must have done with it when it returns.
 */
export class LentReads {
  lends = false;

  /** Begins a connection with these options for `net.connect` or `tls.connect`, and takes care of what comes in on it. */
  connect(begin: (options: { readonly onread: OnReadOpts }) => Socket): Socket {
    memory ??= Buffer.allocUnsafeSlow(READ);
    this.lends = false;
    let fresh: Buffer | null = null;
    const socket = begin({
      onread: {
        buffer: memory,
        callback: (length, { buffer, byteOffset }) => {
          const bytes = Buffer.from(buffer, byteOffset, length);
          // What waits in the socket came before these.
          if (!this.lends || socket.readableLength > 0) return socket.push(Buffer.from(bytes));
          fresh = bytes;
          socket.emit('readable');
          if (fresh === null) return socket.readableLength === 0;
          fresh = null;
          socket.push(Buffer.from(bytes));
          return false;
        },
      },
    });
    const { read } = socket;
    socket.read = (size?: number): unknown => {
      const bytes = size === undefined ? fresh : null;
      if (bytes === null) return read.call(socket, size) as unknown;
      fresh = null;
      return bytes;
    };
    return socket;
  }
}
