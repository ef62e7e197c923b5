import type { LocationView } from '../../shared/ipc/views.ts';
import { errorRecord, request } from '../bridge.ts';
import { refreshFolder } from '../stores/browser-store.ts';
import type { Answer, Question } from '../stores/checks-store.ts';
import { checkKey, dropCheck, setCheck, useChecks } from '../stores/checks-store.ts';
import { findLocation } from '../stores/locations-store.ts';
import { tell } from '../stores/messages-store.ts';
import { showInspector } from '../stores/panels-store.ts';

let lastJob = 0;

/** A storage that computes digests is asked; of another the file is downloaded where the location's policy allows it for that size. */
export function compareReadsBack({ proof, capabilities }: Pick<LocationView, 'proof' | 'capabilities'>, size: number | null): boolean {
  if (capabilities !== null && capabilities.serverDigest.length > 0) return false;
  if (typeof proof.readBack === 'string') return proof.readBack === 'always';
  return size !== null && size <= proof.readBack.upTo;
}

/** Asks for a local file and compares the stored one with it; the inspector shows the answer. Never throws. */
export async function compareWithLocal(locationId: string, path: string, size: number | null): Promise<void> {
  const location = findLocation(locationId);
  try {
    const [item] = await request('local.pick', { kind: 'file' });
    if (item === undefined) return;
    await runCheck(locationId, path, { kind: 'compare', token: item.token, localName: item.name, readBack: location !== null && compareReadsBack(location, size) });
  } catch (error) {
    tell(errorRecord(error));
  }
}

/** Runs one check; a newer one of the same file takes its place. Never throws: the answer holds the error. */
export async function runCheck(locationId: string, path: string, question: Question): Promise<void> {
  const key = checkKey(locationId, path);
  const running = useChecks.getState().checks.get(key)?.answer;
  if (running?.kind === 'running') void cancelJob(running.jobId);
  lastJob += 1;
  const jobId = `${Date.now().toString(36)}-${lastJob}`;
  setCheck(key, { question, answer: { kind: 'running', jobId, progress: null } });
  showInspector();
  const answer = await ask(jobId, locationId, path, question);
  const present = useChecks.getState().checks.get(key)?.answer;
  if (present?.kind !== 'running' || present.jobId !== jobId) return;
  if (answer.kind === 'failed' && answer.error.code === 'canceled') return dropCheck(key);
  setCheck(key, { question, answer });
  if (answer.kind !== 'failed' || answer.error.code === 'checksum_mismatch') void refreshFolder();
}

export async function cancelJob(jobId: string): Promise<void> {
  try {
    await request('jobs.cancel', { jobId });
  } catch (error) {
    tell(errorRecord(error));
  }
}

async function ask(jobId: string, locationId: string, path: string, question: Question): Promise<Answer> {
  try {
    if (question.kind === 'checksum') {
      return { kind: 'checksum', result: await request('integrity.checksum', { jobId, locationId, path, algorithm: question.algorithm, readBack: question.readBack }) };
    }
    return { kind: 'compare', result: await request('integrity.compareLocal', { jobId, locationId, path, token: question.token, readBack: question.readBack }) };
  } catch (error) {
    return { kind: 'failed', error: errorRecord(error) };
  }
}
