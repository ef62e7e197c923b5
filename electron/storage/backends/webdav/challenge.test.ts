import { expect, test } from 'vitest';
import { parseChallenges } from './challenge.ts';

const read = (header: string | readonly string[] | undefined) => parseChallenges(header).map(({ scheme, parameters }) => ({ scheme, ...Object.fromEntries(parameters) }));

test.each([
  ['Basic realm="dav"', [{ scheme: 'basic', realm: 'dav' }]],
  ['Basic realm = "a \\"b\\", c" , charset=UTF-8', [{ scheme: 'basic', realm: 'a "b", c', charset: 'UTF-8' }]],
  ['Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"', [{ scheme: 'newauth', realm: 'apps', type: '1', title: 'Login to "apps"' }, { scheme: 'basic', realm: 'simple' }]],
  ['Negotiate, Basic realm=x', [{ scheme: 'negotiate' }, { scheme: 'basic', realm: 'x' }]],
  ['Negotiate YII=, NTLM abc/+==,Digest nonce="n",qop="auth,auth-int"', [{ scheme: 'negotiate' }, { scheme: 'ntlm' }, { scheme: 'digest', nonce: 'n', qop: 'auth,auth-int' }]],
  [['Bearer', 'Basic realm="b"'], [{ scheme: 'bearer' }, { scheme: 'basic', realm: 'b' }]],
  [' , Bearer ,, Basic realm="b"', [{ scheme: 'bearer' }, { scheme: 'basic', realm: 'b' }]],
  ['', []],
  [undefined, []],
  ['=x', []],
  ['Basic realm="unclosed', [{ scheme: 'basic' }]],
])('reads %j', (header, found) => expect(read(header)).toEqual(found));

test('a header without end costs no time', () => {
  expect(read(`Basic ${'a'.repeat(10_000)} ${'b=c '.repeat(3000)}"`)[0]).toEqual({ scheme: 'basic' });
});
