import { describeBackend } from '../../testing/conformance.ts';
import { memoryHarness } from './memory-harness.ts';

const UPLOAD_ONLY = { read: false, list: false, makeDirectory: false, move: false, rangeRead: false, initialize: false, update: false, noOverwrite: false, atomicPublish: false, preserveModified: false } as const;

describeBackend('memory', memoryHarness());
describeBackend('memory with server digests', memoryHarness({ capabilities: { serverDigest: ['sha256', 'crc32'] } }));
describeBackend('memory that decides the digest', memoryHarness({ capabilities: { serverDigest: ['md5'] }, decides: 'md5' }));
describeBackend('memory that decides a digest it does not declare', memoryHarness({ decides: 'crc32c' }));
describeBackend('memory that moves on initialize', memoryHarness({ moves: 'initialize' }));
describeBackend('memory that moves on commit', memoryHarness({ moves: 'commit' }));
describeBackend('memory that shows nothing before the commit', memoryHarness({ capabilities: { atomicPublish: false }, decides: 'crc32c' }));
describeBackend('memory that shows nothing before the commit, with server digests', memoryHarness({ capabilities: { atomicPublish: false, serverDigest: ['md5'] }, moves: 'commit' }));
describeBackend(
  'memory that can do little',
  memoryHarness({
    capabilities: { list: false, makeDirectory: false, move: false, rangeRead: false, initialize: false, update: false, noOverwrite: false, preserveModified: false, maximumSize: 100 * 1024 * 1024 },
  }),
);
describeBackend('memory that only takes files', memoryHarness({ capabilities: UPLOAD_ONLY }));
describeBackend('memory that only takes files, and gives one to the save that stored it', memoryHarness({ capabilities: { ...UPLOAD_ONLY, rangeRead: true }, moves: 'commit' }));
describeBackend('memory that cannot delete', memoryHarness({ capabilities: { delete: false } }));
