import { UPLOADS_OF_THREADS } from '../../storage/uploads-of-threads.ts';

// A plugin does not get at this, so the odd backend of the test finds it here.
Object.assign(globalThis, { uploadsOfThreads: UPLOADS_OF_THREADS });
await import('./transfer-thread.ts');
