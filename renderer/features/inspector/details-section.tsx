import { Fragment } from 'react';
import type { FileRow } from '../../../shared/ipc/views.ts';
import type { FileDetail } from '../../../shared/storage/file-instance.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { formatDateExact, formatExactBytes } from '../../format.ts';
import { strings } from '../../strings.ts';

const words = strings.inspector;

interface DetailsSectionProps {
  readonly row: FileRow;
  readonly locationName: string;
  /** what else the storage says; never evidence */
  readonly more: readonly FileDetail[];
}

export function DetailsSection({ row, locationName, more }: DetailsSectionProps) {
  return (
    <>
      <h3 className="section-title">{words.details}</h3>
      <dl className="facts">
        <dt>{words.location}</dt>
        <dd>{locationName}</dd>
        <dt>{words.path}</dt>
        <dd className="fact-copy"><span>{row.path}</span><CopyButton text={row.path} label={strings.browser.copyPath} /></dd>
        <dt>{words.uri}</dt>
        <dd>{row.uri}</dd>
        {row.size !== null && <><dt>{words.size}</dt><dd>{formatExactBytes(row.size)}</dd></>}
        <dt>{words.modified}</dt>
        <dd>{formatDateExact(row.modified)}</dd>
      </dl>
      {more.length > 0 && (
        <>
          <h3 className="section-title">{words.storageSays}</h3>
          <dl className="facts facts-stacked">
            {more.map(({ label, value }, index) => <Fragment key={index}><dt>{label}</dt><dd>{value}</dd></Fragment>)}
          </dl>
        </>
      )}
    </>
  );
}
