// Not a module on purpose: the rooms of tsconfig.core.json run in plain Node and in worker threads, so `import ... from 'electron'` there must not compile.
