import { afterEach, describe, expect, it, vi, type TestContext } from 'vitest';
import { missingHere } from './describe-server.ts';
import { executable, findExecutable, SERVERS, whyMissing, type ServerName } from './installed.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a test that cannot run here', () => {
  const fakeContext = () => {
    const skip = vi.fn(() => {
      throw new Error('skipped');
    });
    return { context: { task: { meta: {} }, skip } as unknown as TestContext, skip };
  };

  it('is skipped with the reason for the summary', () => {
    vi.stubEnv('CI', '');
    const { context, skip } = fakeContext();
    expect(() => missingHere(context, 'OpenSSH not installed')).toThrow('skipped');
    expect(skip).toHaveBeenCalledWith('OpenSSH not installed');
    expect(context.task.meta.whySkipped).toBe('OpenSSH not installed');
  });

  it('fails with CI=true', () => {
    vi.stubEnv('CI', 'true');
    const { context, skip } = fakeContext();
    expect(() => missingHere(context, 'OpenSSH not installed')).toThrow(/OpenSSH not installed.*every test must run/);
    expect(skip).not.toHaveBeenCalled();
  });
});

describe('what is installed', () => {
  it('is told of every server', () => {
    for (const name of Object.keys(SERVERS) as ServerName[]) expect(whyMissing(name) ?? `${SERVERS[name].title} not installed`).toMatch(new RegExp(`^${SERVERS[name].title} (not installed|needs root)$`));
  });

  it('is found by its packages and programs', () => {
    expect(whyMissing('azurite')).toBeNull();
    expect(whyMissing('tus')).toBeNull();
    expect(executable('sh')).toMatch(/\/sh$/);
    expect(findExecutable('holdfast-no-such-program')).toBeNull();
    expect(() => executable('holdfast-no-such-program')).toThrow(/not installed/);
  });
});
