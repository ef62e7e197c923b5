import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import { ODD_NAMES, describeBackend } from '../../testing/conformance.ts';
import { localBackend } from './definition.ts';
import { whyNotKeepable } from './names.ts';

let folder = '';

describeBackend('local', {
  async open({ sizeLimit = null, proof = DEFAULT_PROOF_POLICY } = {}) {
    if (folder !== '') await rm(folder, { recursive: true });
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-local-'));
    return localBackend.connect({ uri: folder, options: {}, secret: null, proof, sizeLimit });
  },
  async residue() {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
  },
  async corrupt(file, at) {
    const handle = await open(path.join(folder, file), 'r+');
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
    await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at);
    await handle.close();
  },
  refusedNames: ODD_NAMES.filter((name) => whyNotKeepable(name, process.platform) !== null),
  close: () => rm(folder, { recursive: true }),
});
