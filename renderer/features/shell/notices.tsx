import { Info, X } from 'lucide-react';
import { IconButton } from '../../components/button.tsx';
import { dismissNotice, useApp } from '../../stores/app-store.ts';
import { strings } from '../../strings.ts';

const NONE: readonly string[] = [];

/** What main has to tell once at start, until it is dismissed. */
export function Notices() {
  const notices = useApp(({ info }) => info?.notices ?? NONE);
  const dismissed = useApp(({ dismissedNotices }) => dismissedNotices);
  const shown = notices.filter((notice) => !dismissed.includes(notice));
  if (shown.length === 0) return null;
  return (
    <section className="notices" aria-label={strings.app.notices}>
      {shown.map((notice) => (
        <div key={notice} className="notice">
          <Info className="icon" aria-hidden />
          <p>{notice}</p>
          <IconButton label={strings.app.dismiss} icon={X} onPress={() => dismissNotice(notice)} />
        </div>
      ))}
    </section>
  );
}
