import { defineConfig } from 'eslint/config';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';
import { layers } from './scripts/layers.mjs';

const projects = ['shared', 'electron/tsconfig.core.json', 'electron', 'electron/tsconfig.preload.json', 'renderer', 'e2e', 'scripts'].map((path) => (path.endsWith('.json') ? `./${path}` : `./${path}/tsconfig.json`));

const noDefaultExport = { selector: 'ExportDefaultDeclaration', message: 'Export it by its name: one main named export, the same name as the file.' };
const noSkippedTest = {
  selector: 'CallExpression[callee.object.name=/^(it|test|describe)$/][callee.property.name=/^(only|skip|todo|fails)$/]',
  message: 'Every test runs: mend it or remove it.',
};
const noTestThatSkipsItself = { selector: 'CallExpression[callee.object.name=/^(context|ctx|task|testInfo)$/][callee.property.name="skip"]', message: 'Only missingHere of e2e/servers/real/describe-server.ts and requireServers of e2e/harness/missing.ts end a test that cannot run here: it gives the summary the reason.' };
const ipcMainInOnePlace = { selector: 'Identifier[name="ipcMain"]', message: 'Only electron/ipc/connect.ts touches ipcMain: add a route to shared/ipc/contract.ts and a handler in electron/ipc/handlers.' };
const bridgeInOnePlace = [
  'MemberExpression[object.name=/^(window|globalThis|self)$/][property.name="holdfast"]',
  'MemberExpression[object.name=/^(window|globalThis|self)$/][property.value="holdfast"]',
  'VariableDeclarator[init.name=/^(window|globalThis|self)$/] Property[key.name="holdfast"]',
].map((selector) => ({ selector, message: "Only renderer/bridge.ts touches window.holdfast: import what you need from '../bridge.ts'." }));

export default defineConfig(
  { ignores: ['out/', 'dist/', 'test-results/', 'playwright-report/', '**/*.d.ts'] },
  { linterOptions: { noInlineConfig: true } },
  {
    rules: {
      eqeqeq: 'error',
      'no-empty': 'error',
      'no-fallthrough': 'error',
      'no-unused-private-class-members': 'error',
      'no-unsafe-finally': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
      'no-restricted-syntax': ['error', noSkippedTest],
      'prefer-const': 'error',
    },
  },
  {
    files: ['{shared,electron,renderer,e2e}/**/*.{ts,tsx}', 'scripts/**/*.mjs', '*.config.{js,ts}'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { project: projects, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      // The compiler refuses unused names; `_name` is a parameter that a signature demands.
      '@typescript-eslint/no-unused-vars': 'off',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['{shared,electron,renderer,e2e}/**/*.{ts,tsx}'],
    plugins: { layers },
    rules: { 'layers/rooms': 'error', 'no-restricted-syntax': ['error', noSkippedTest, noTestThatSkipsItself, noDefaultExport] },
  },
  {
    files: ['electron/**/*.ts'],
    ignores: ['electron/ipc/connect.ts'],
    rules: { 'no-restricted-syntax': ['error', noSkippedTest, noTestThatSkipsItself, noDefaultExport, ipcMainInOnePlace] },
  },
  {
    files: ['renderer/**/*.{ts,tsx}'],
    ignores: ['renderer/bridge.ts', 'renderer/bridge.test.ts'],
    rules: { 'no-restricted-syntax': ['error', noSkippedTest, noTestThatSkipsItself, noDefaultExport, ...bridgeInOnePlace] },
  },
  {
    // The rules of hooks themselves; the plugin's others are for code that React's compiler is to rewrite, which this is not.
    files: ['renderer/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': { rules: reactHooks.rules } },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      'react-hooks/error-boundaries': 'error',
      'react-hooks/set-state-in-render': 'error',
      'react-hooks/static-components': 'error',
      'react-hooks/use-memo': 'error',
    },
  },
  { files: ['e2e/servers/real/describe-server.ts', 'e2e/harness/missing.ts'], rules: { 'no-restricted-syntax': ['error', noSkippedTest, noDefaultExport] } },
  // A tool that wants a default export.
  { files: ['e2e/*.config.ts'], rules: { 'no-restricted-syntax': ['error', noSkippedTest] } },
);
