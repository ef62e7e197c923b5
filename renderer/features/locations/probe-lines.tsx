import { Check, X } from 'lucide-react';
import type { ProbeReport } from '../../../shared/storage/location.ts';
import { strings } from '../../strings.ts';

export function ProbeLines({ report }: { readonly report: ProbeReport }) {
  return (
    <div className={report.ok ? 'probe probe-ok' : 'probe probe-failed'} role="status">
      <p className="probe-title">{report.ok ? strings.location.testOk : strings.location.testFailed}</p>
      <ul>
        {report.lines.map(({ ok, text }, index) => (
          <li key={index} className={ok ? 'probe-line' : 'probe-line probe-line-failed'}>
            {ok ? <Check className="icon" aria-hidden /> : <X className="icon" aria-hidden />}
            <span>{text}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
