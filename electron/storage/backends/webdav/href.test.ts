import { expect, test } from 'vitest';
import { HrefReader } from './href.ts';

const ROOT = 'https://Files.example.org:8443/cloud/my%20files/';
const reader = new HrefReader(ROOT);

test.each([
  ['/cloud/my%20files/', ''],
  ['/cloud/my%20files', ''],
  ['/cloud/my%20files/a/b.txt', 'a/b.txt'],
  ['/cloud/my files/a/', 'a'],
  ['/cloud/my%20files/caf%C3%A9%2520%23%3F', 'caf\u00e9%20#?'],
  ['https://files.example.org:8443/cloud/my%20files/a', 'a'],
  ['http://files.example.org/cloud/my%20files/a', 'a'],
  ['//FILES.example.org/cloud/my%20files/a?x#y', 'a'],
  ['/cloud//my%20files///a', 'a'],
])('%j is %j', (href, path) => expect(reader.read(href)?.path).toBe(path));

test.each([
  '/cloud/',
  '/cloud/my%20files2/a',
  '/other/a',
  'https://elsewhere.example.org/cloud/my%20files/a',
  'https://user@elsewhere.example.org/cloud/my%20files/a',
  'https://files.example.org.evil.example/cloud/my%20files/a',
  '/cloud/my%20files/../../etc/passwd',
  '/cloud/my%20files/a/../b',
  '/cloud/my%20files/%2e%2e/b',
  '/cloud/my%20files/./b',
  '/cloud/my%20files/a%2Fb',
  '/cloud/my%20files/a%00b',
  '/cloud/my%20files/%E4',
  '/cloud/my%20files/100%',
  `/cloud/my%20files/${'n'.repeat(10_000)}`,
  'a',
  '../a',
  '',
  'javascript:alert(1)',
  'https://[bad/cloud/my%20files/a',
])('%.80j is no place of the location', (href) => expect(reader.read(href)).toBeNull());
