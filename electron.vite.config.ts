import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

const root = import.meta.dirname;

// Everything is bundled but libsql, whose native part must stay a package of its own beside the asar.
const externalizeDeps = { include: ['libsql'], exclude: [] };

// electron-vite lays `const __filename` before every chunk that mentions it; a module that declares its own would then be declared twice.
const ownFileNames = {
  name: 'holdfast:own-file-names',
  transform: (code: string) => (/\b(?:var|let|const)\s+__(?:file|dir)name\b/.test(code) ? { code: code.replaceAll(/\b__(file|dir)name\b/g, 'module$1name'), map: null } : null),
};
// Faster ciphers and the kind of processor, compiled for one version of Node when packages are installed: ssh2 does without them.
const external = [/sshcrypto\.node$/, 'cpu-features'];

export default defineConfig({
  main: {
    plugins: [ownFileNames],
    build: {
      externalizeDeps,
      rollupOptions: { external, input: { main: resolve(root, 'electron/main.ts'), 'database-thread': resolve(root, 'electron/database/database-thread.ts'), 'transfer-thread': resolve(root, 'electron/transfers/threads/transfer-thread.ts') } },
    },
  },
  preload: {
    build: { rollupOptions: { input: { preload: resolve(root, 'electron/preload.ts') }, output: { format: 'cjs', entryFileNames: '[name].cjs' } } },
  },
  renderer: {
    root: resolve(root, 'renderer'),
    build: { rollupOptions: { input: { index: resolve(root, 'renderer/index.html') } } },
    plugins: [react()],
  },
});
