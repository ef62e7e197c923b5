import type { Checks } from '../../browsing/checks.ts';
import type { Jobs } from '../../browsing/jobs.ts';
import type { LocalItems } from '../../browsing/local-items.ts';
import type { HandlersFor } from '../router.ts';

export function integrityHandlers(checks: Checks, jobs: Jobs, items: LocalItems): HandlersFor<'integrity'> & HandlersFor<'jobs'> {
  return {
    'integrity.checksum': ({ jobId, locationId, path, algorithm, readBack }) => jobs.run(jobId, (job) => checks.checksum({ locationId, path }, algorithm, readBack, job)),
    'integrity.compareLocal': ({ jobId, locationId, path, token, readBack }) => jobs.run(jobId, (job) => checks.compareLocal({ locationId, path }, items.path(token), readBack, job)),
    'jobs.cancel': ({ jobId }) => {
      jobs.cancel(jobId);
      return null;
    },
  };
}
