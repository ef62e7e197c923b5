import { dirname, join } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import { refusedByCompiler } from './fixtures/layering/compiler-cases.mjs';
import { allowed, refused } from './fixtures/layering/lint-cases.mjs';
import { findCycles, relativeImports } from './layers.mjs';
import { root } from './paths.mjs';

describe('lint', () => {
  // The fixtures are files of no project, so the rules that need types are off; none of these does.
  const eslint = new ESLint({ cwd: root, overrideConfig: { ...tseslint.configs.disableTypeChecked } });
  const lint = async (/** @type {string} */ file, /** @type {string} */ source) => {
    const [result] = await eslint.lintText(source, { filePath: join(root, file) });
    return result?.messages ?? [];
  };

  it.each(refused)('refuses: $title', async ({ file, source, rule, message }) => {
    const found = (await lint(file, source)).filter((one) => one.ruleId === rule);
    expect(found.map((one) => one.message).join('\n')).toMatch(message);
    expect(found.every((one) => one.severity === 2)).toBe(true);
  });

  it.each(allowed)('allows: $title', async ({ file, source }) => {
    expect(await lint(file, source)).toEqual([]);
  });

  it('does not let a file switch a rule off', async () => {
    const found = await lint('electron/storage/x.ts', "/* eslint-disable */\nimport { app } from 'electron';\nexport { app };");
    expect(found.map((one) => one.ruleId)).toContain('layers/rooms');
  });
});

describe('compiler', () => {
  /** Each room is read once; a fixture is one more source among all of the room's own, whose imports may bring in what the room must not have. */
  const readProject = (/** @type {string} */ project) => {
    const path = join(root, project);
    const { config } = ts.readConfigFile(path, ts.sys.readFile);
    return ts.parseJsonConfigFileContent(config, ts.sys, dirname(path), undefined, path);
  };

  it.each(refusedByCompiler)('refuses: $title', ({ project, file, source, codes }) => {
    const { options, fileNames, projectReferences } = readProject(project);
    const fixture = join(root, file).replaceAll('\\', '/');
    // A test beside it as every room has: what a test imports must not open the room either.
    const beside = [fixture.replace(/\.ts$/, '.test.ts'), "import { it } from 'vitest'; it('a', () => {});"];
    const extra = new Map([[fixture, source], /** @type {[string, string]} */ (beside)]);
    const host = ts.createCompilerHost(options);
    const { fileExists, getSourceFile, readFile } = host;
    host.fileExists = (name) => extra.has(name) || fileExists(name);
    host.readFile = (name) => extra.get(name) ?? readFile(name);
    host.getSourceFile = (name, ...rest) => (extra.has(name) ? ts.createSourceFile(name, extra.get(name) ?? '', ts.ScriptTarget.ES2023) : getSourceFile(name, ...rest));
    const program = ts.createProgram({ rootNames: [...new Set([...fileNames, ...extra.keys()])], options, ...(projectReferences ? { projectReferences } : {}), host });
    const sourceFile = program.getSourceFile(fixture);
    const found = [...program.getOptionsDiagnostics(), ...program.getSyntacticDiagnostics(sourceFile), ...program.getSemanticDiagnostics(sourceFile)]
      .filter((one) => one.file === undefined || one.file === sourceFile)
      .map((one) => one.code);
    expect(codes.some((code) => found.includes(code)), `answered ${found.join(', ') || 'nothing'}`).toBe(true);
  });
});

describe('circular imports', () => {
  it('finds a circle wherever the walk begins, and none in a diamond', () => {
    const circle = new Map([['a.ts', ['b.ts']], ['b.ts', ['c.ts', 'd.ts']], ['c.ts', ['b.ts']], ['d.ts', []]]);
    expect(findCycles(circle)).toEqual([['b.ts', 'c.ts', 'b.ts']]);
    const diamond = new Map([['a.ts', ['b.ts', 'c.ts']], ['b.ts', ['d.ts']], ['c.ts', ['d.ts']], ['d.ts', []]]);
    expect(findCycles(diamond)).toEqual([]);
  });

  it('reads a relative import as a path of the checkout', () => {
    expect(relativeImports('electron/storage/a.ts', ['../integrity/b.ts', './c.ts', 'node:path'])).toEqual(['electron/integrity/b.ts', 'electron/storage/c.ts']);
  });
});
