const transfer = (ArrayBuffer.prototype as { transfer?: (this: ArrayBuffer, length: number) => ArrayBuffer }).transfer;
const given = new WeakSet<Uint8Array>();

/**
 * Gives the memory under these bytes back at once, where the runtime can: Electron's allocator hands the pages of buffers that wait for the garbage
 * collector back to the system in bulk, so that each new one costs page faults, several times the price of a cipher. Only for bytes
 * whose whole ArrayBuffer belongs to the caller, and that nobody reads or writes any more, no call of the system either: afterwards they
 * have no length. What is cut out of Node's pool is left alone.
 */
export function returnMemory({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) transfer?.call(buffer, 0);
}

/** Says that the memory under these bytes belongs to whoever reads them, and to nobody else. */
export function giveAway<T extends Uint8Array>(bytes: T): T {
  given.add(bytes);
  return bytes;
}

/** As {@link returnMemory}, by the last one who reads these bytes; does nothing unless they were given away, and came here as they are. */
export function returnIfGiven(bytes: Uint8Array): void {
  if (given.delete(bytes)) returnMemory(bytes);
}
