import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

const root = import.meta.dirname;

// Everything is bundled but libsql, whose native part must stay a package of its own beside the asar.
const externalizeDeps = { include: ['libsql'], exclude: [] };

export default defineConfig({
  main: {
    build: {
      externalizeDeps,
      rollupOptions: { input: { main: resolve(root, 'electron/main.ts'), 'database-thread': resolve(root, 'electron/database/database-thread.ts') } },
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
