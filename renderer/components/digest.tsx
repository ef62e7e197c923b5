import type { Checksum } from '../../shared/storage/checksum.ts';
import { checksumAlgorithm, checksumHex } from '../../shared/storage/checksum.ts';
import { strings } from '../strings.ts';
import { CopyButton } from './copy-button.tsx';

/** A digest in full, with its algorithm and a copy button. `note` says where it comes from. */
export function Digest({ checksum, title, note, tone }: { readonly checksum: Checksum; readonly title?: string; readonly note?: string; readonly tone?: 'bad' }) {
  const algorithm = checksumAlgorithm(checksum);
  return (
    <div className="digest">
      <div className="digest-head">
        <span className="section-title">{title === undefined ? algorithm : `${title} · ${algorithm}`}</span>
        <CopyButton text={checksumHex(checksum)} label={strings.inspector.copyDigest(algorithm)} />
      </div>
      <code className={tone === 'bad' ? 'digest-value digest-bad' : 'digest-value'}>{checksumHex(checksum)}</code>
      {note !== undefined && <p className="note">{note}</p>}
    </div>
  );
}
