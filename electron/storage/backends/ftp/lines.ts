/** Longer ones are no lines of a listing. Bytes. */
const MAX_LINE = 64 * 1024;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The lines of a listing as they come. Those that are no UTF-8 are left out: their names could not be sent back. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  let tooLong = false;
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
      const line = tooLong ? null : textOf(bytes.subarray(start, end));
      tooLong = false;
      start = end + 1;
      if (line !== null) yield line;
    }
    rest = bytes.subarray(start);
    if (rest.length <= MAX_LINE) continue;
    tooLong = true;
    rest = Buffer.alloc(0);
  }
  const last = tooLong ? null : textOf(rest);
  if (last !== null) yield last;
}

function textOf(line: Buffer): string | null {
  const end = line.at(-1) === 0x0d ? line.length - 1 : line.length;
  if (end === 0 || end > MAX_LINE) return null;
  try {
    return decoder.decode(line.subarray(0, end));
  } catch {
    return null;
  }
}
