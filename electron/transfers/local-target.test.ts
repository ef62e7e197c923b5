import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { childPath, pathBelow } from './local-target.ts';

const invalid = expect.objectContaining({ code: 'invalid_location' });
const refused = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};

describe.each([['posix', path.posix, '/home/ada/down'], ['win32', path.win32, 'C:\\Users\\Ada\\down']] as const)('on %s', (_name, flavour, root) => {
  test.each(['..', '.', '', 'a/b', '/etc/passwd', 'a\0b', '../x'])('the name %j from a server is refused', (name) => {
    expect(refused(() => childPath(flavour, root, name))).toEqual(invalid);
  });

  test.each(['plain.txt', 'ä e\u0301 😀', ' leading', '-dash', '.hidden', 'a..b', '%2e%2e', '~'])('the name %j stays byte for byte', (name) => {
    const child = childPath(flavour, root, name);
    expect(flavour.basename(child)).toBe(name);
    expect(flavour.dirname(child)).toBe(root);
    expect(pathBelow(flavour, root, child)).toBe(name);
  });

  test('no name at all leaves the folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', '\\', 'a', ':', ' ', 'C', '~', '*'), maxLength: 8 }), (name) => {
        const child = refused(() => childPath(flavour, root, name));
        if (typeof child === 'string') expect(flavour.dirname(child)).toBe(root);
        else expect(child).toEqual(invalid);
      }),
      { numRuns: 5000 },
    );
  });

  test('a path elsewhere is not below', () => {
    expect(refused(() => pathBelow(flavour, root, flavour.join(root, '..', 'other')))).toEqual(invalid);
    expect(pathBelow(flavour, root, flavour.join(root, 'a', 'b', 'c'))).toBe('a/b/c');
    expect(pathBelow(flavour, root, root)).toBe('');
  });

  test('the root of a disk can be the target', () => {
    const disk = flavour.parse(root).root;
    expect(pathBelow(flavour, disk, childPath(flavour, disk, 'a'))).toBe('a');
  });
});

test.each(['CON', 'nul.txt', 'Com1', 'lpt\u00b9.log', 'a:b', 'a?b', 'a*', 'a|b', 'a"b', 'a<b', 'back\\slash', 'dot.', 'space ', 'tab\tname', 'C:evil', 'AUX .txt'])('Windows refuses the name %j, Linux keeps it', (name) => {
  expect(refused(() => childPath(path.win32, 'C:\\down', name))).toEqual(invalid);
  expect(childPath(path.posix, '/down', name)).toBe(`/down/${name}`);
});

test('another disk is not below', () => {
  expect(refused(() => pathBelow(path.win32, 'C:\\down', 'D:\\down\\a'))).toEqual(invalid);
});
