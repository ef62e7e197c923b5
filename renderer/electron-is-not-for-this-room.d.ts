// Not a module on purpose: the window reaches main only through bridge.ts, so `import ... from 'electron'` here must not compile.
