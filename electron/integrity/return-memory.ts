const transfer = (ArrayBuffer.prototype as { transfer?: (this: ArrayBuffer, length: number) => ArrayBuffer }).transfer;

/**
 * Gives the memory under these bytes back at once, where the runtime can: Electron's allocator hands the pages of buffers that wait for the garbage
 * collector back to the system in bulk, so that each new one costs page faults, several times the price of a cipher. Only for bytes
 * whose whole ArrayBuffer belongs to the caller, and that nobody reads or writes any more, no call of the system either: afterwards they
 * have no length. What is cut out of Node's pool is left alone.
 */
export function returnMemory({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) transfer?.call(buffer, 0);
}
