import { join } from 'node:path';
import { LOCATION_ID, openFixture } from './queue-fixture.ts';

/** For the crash test: goes on with what is in the journal, or begins; writes a line at every step, so that it can be killed there. */
const [folder = ''] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { database, queue: make, sources } = await openFixture(undefined, folder);
const queue = make({ concurrency: 3 });
queue.onChange(({ counts, active }) => say(`${counts.queued} ${counts.transferring} ${counts.verifying} ${counts.done} ${active.length}`));
await queue.start({ takeOver: true });
say('started');
const [batch] = (await queue.overview()).batches;
const id = batch?.id ?? (await queue.upload({ paths: [join(sources, 'tree')], locationId: LOCATION_ID, folder: '', conflict: 'rename' }));
await queue.whenFinished(id);
say('finished');
await queue.close();
await database.close();
