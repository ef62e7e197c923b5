import assert from 'node:assert/strict';
import type { Resumption } from '../../../../shared/storage/evidence.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { largeFile } from '../../testing/large-file.ts';
import { MIB, rejectsWith } from '../../testing/subject.ts';

/** What a cut may cost: one part, as other storages have them. Bytes. */
const PART = 8 * MIB;

/** What of the fault proxy is needed. */
interface Cutter {
  readonly data: { readonly up: number };
  setData(rules: { readonly up: { readonly cutAfter: number; readonly cut: 'reset' } }): void;
  clear(): void;
}

/** Cuts an upload of the large file at `percent` of it, lets it go on, and counts what went over the line. */
export async function cutThenGoOn(location: StorageLocation, proxy: Cutter, { percent, proof }: { readonly percent: number; readonly proof: Resumption['proof'] }): Promise<void> {
  const large = largeFile();
  const { size } = large;
  const at = Math.floor((size * percent) / 100);
  const file = location.file('large.bin');
  let token: string | null = null;
  const save = () => file.save(large.source(), { size, resume: { token, keep: (kept) => (token = kept) } });
  proxy.clear();
  proxy.setData({ up: { cutAfter: at, cut: 'reset' } });
  await rejectsWith(save, 'unavailable');
  assert.ok(token !== null, 'something was kept');
  const sent = proxy.data.up;
  proxy.clear();
  const { resumed } = await save();
  assert.equal(resumed?.proof, proof);
  const extra = sent + proxy.data.up - size;
  assert.ok(extra <= PART, `${extra} bytes went over again`);
  await large.requireStored(location, 'large.bin');
  assert.ok(resumed.offset >= at - PART && resumed.offset <= at, `it went on at ${resumed.offset}`);
}
