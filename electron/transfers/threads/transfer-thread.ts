import { parentPort, workerData } from 'node:worker_threads';
import { StorageError } from '../../../shared/storage/errors.ts';
import { setBudgetShare } from '../../storage/byte-budget.ts';
import { BUILT_IN_BACKENDS } from '../../storage/built-in.ts';
import type { Network, ProxyAddress } from '../../storage/network/proxy.ts';
import { SUSPENDED } from '../../storage/operation-options.ts';
import { loadPlugins } from '../../storage/plugins/load-plugins.ts';
import { Registry } from '../../storage/registry.ts';
import { UPLOADS_OF_THREADS } from '../../storage/uploads-of-threads.ts';
import { wrapError } from '../../storage/wrap-error.ts';
import { Bandwidth } from '../bandwidth.ts';
import type { Job } from '../job.ts';
import { type Discarding, createMover } from '../runner.ts';
import { JobReporter } from './job-reporter.ts';
import type { FromThread, ThreadData, ToThread } from './messages.ts';
import { ThreadPlaces } from './thread-places.ts';

interface ProxyQuestion {
  resolve(address: ProxyAddress | null): void;
  reject(error: StorageError): void;
}

/** Entry of a transfer thread: connects to locations by itself and moves bytes, which never leave it. */
async function serve(port: NonNullable<typeof parentPort>, { pluginFolder, enabledPlugins, uploads, bandwidth, budgetShare }: ThreadData): Promise<void> {
  const say = (message: FromThread): void => port.postMessage(message);
  setBudgetShare(budgetShare);
  for (const news of uploads) UPLOADS_OF_THREADS.accept(news);
  UPLOADS_OF_THREADS.onNews((news) => say({ kind: 'uploads', news }));

  const questions = new Map<number, ProxyQuestion>();
  let asked = 0;
  const network: Network = {
    proxyFor: (url) =>
      new Promise((resolve, reject) => {
        const id = ++asked;
        questions.set(id, { resolve, reject });
        say({ kind: 'ask proxy', id, url });
      }),
  };
  const answered = (id: number): ProxyQuestion | undefined => {
    const question = questions.get(id);
    questions.delete(id);
    return question;
  };

  const registry = new Registry(BUILT_IN_BACKENDS);
  await loadPlugins({ folder: pluginFolder, enabled: new Set(enabledPlugins), registry });
  const places = new ThreadPlaces(registry, network);
  const mover = createMover(new Bandwidth(bandwidth));
  const aborts = new Map<number, AbortController>();

  const run = async (id: number, job: Job): Promise<void> => {
    const use = places.use(job.locationId);
    const abort = new AbortController();
    aborts.set(id, abort);
    const reporter = new JobReporter((events) => say({ kind: 'events', id, events }));
    const { onProgress, onRung, onLeftover } = reporter;
    const result = await mover.run(job, { connect: () => use.connect(), signal: abort.signal, onProgress, onRung, onLeftover });
    aborts.delete(id);
    say({ kind: 'ended', id, events: reporter.rest(), result, connected: use.connected });
    use.release();
  };

  const discard = async (id: number, left: Discarding): Promise<void> => {
    const use = places.use(left.locationId);
    try {
      await mover.discard(left, () => use.connect());
      say({ kind: 'discarded', id, error: null });
    } catch (error) {
      say({ kind: 'discarded', id, error: wrapError(error, 'discard what was left').toRecord() });
    } finally {
      use.release();
    }
  };

  port.on('message', (message: ToThread) => {
    switch (message.kind) {
      case 'place':
        return places.put(message.place);
      case 'run':
        return void run(message.id, message.job);
      case 'abort':
        return aborts.get(message.id)?.abort(message.suspended ? SUSPENDED : undefined);
      case 'discard':
        return void discard(message.id, message.left);
      case 'forget':
        return mover.forget(message.batchId);
      case 'disconnect':
        return places.drop(message.locationId);
      case 'proxy':
        return answered(message.id)?.resolve(message.address);
      case 'no proxy': {
        const { code, message: text, context } = message.error;
        return answered(message.id)?.reject(new StorageError(code, text, { context }));
      }
      case 'uploads':
        return UPLOADS_OF_THREADS.accept(message.news);
      case 'close':
        return void Promise.all([places.close(), mover.close()]).finally(() => port.close());
    }
  });
  say({ kind: 'ready' });
}

if (parentPort !== null) await serve(parentPort, workerData as ThreadData);
