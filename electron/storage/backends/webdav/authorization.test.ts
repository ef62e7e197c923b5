import { describe, expect, test } from 'vitest';
import { authorizationOf } from './authorization.ts';
import { DigestAuthorization } from './digest-authorization.ts';

const asked = (header: string | string[]) => ({ status: 401, headers: { 'www-authenticate': header } });
const fieldsOf = (authorization: string | undefined) => Object.fromEntries([...(authorization ?? '').matchAll(/([\w*]+)=(?:"((?:[^"\\]|\\.)*)"|([^,]+))/g)].map(([, name, quoted, plain]) => [name, quoted ?? plain]));

describe('Digest gives the examples of RFC 7616', () => {
  // Section 3.9.1
  const NONCE = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v';
  const CLIENT = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';
  const OPAQUE = 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS';
  const challenge = (algorithm: string) => `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${NONCE}", opaque="${OPAQUE}"`;
  const answer = (header: string | string[]) => {
    const digest = new DigestAuthorization('Mufasa', 'Circle of Life', () => CLIENT);
    expect(digest.learn(asked(header))).toBe(true);
    return fieldsOf(digest.headersFor('GET', '/dir/index.html')['authorization']);
  };

  test('MD5', () => expect(answer(challenge('MD5'))).toMatchObject({ response: '8ca523f5e9506fed4657c9700eebdbec', nc: '00000001', qop: 'auth', opaque: OPAQUE, algorithm: 'MD5', username: 'Mufasa', uri: '/dir/index.html' }));
  test('SHA-256, which is preferred', () => expect(answer([challenge('MD5'), challenge('SHA-256')])).toMatchObject({ response: '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1', algorithm: 'SHA-256' }));

  test('a hashed name, as the erratum of section 3.9.2 has it', () => {
    const digest = new DigestAuthorization('J\u00e4s\u00f8n Doe', 'Secret, or not?');
    digest.learn(asked('Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="n", charset=UTF-8, userhash=true'));
    expect(fieldsOf(digest.headersFor('GET', '/doe.json')['authorization'])).toMatchObject({ username: '793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b', userhash: 'true', algorithm: 'SHA-512-256' });
  });

  test('RFC 2069, without a quality', () => {
    const digest = new DigestAuthorization('Mufasa', 'CircleOfLife');
    digest.learn(asked('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'));
    const fields = fieldsOf(digest.headersFor('GET', '/dir/index.html')['authorization']);
    expect(fields).toMatchObject({ response: '1949323746fe6a43ef61f9606e7febea' });
    expect(fields).not.toHaveProperty('nc');
    expect(fields).not.toHaveProperty('cnonce');
  });
});

describe('Digest', () => {
  const learned = (header: string) => {
    const digest = new DigestAuthorization('me', 'pass"word');
    digest.learn(asked(header));
    return digest;
  };

  test('counts each use of a nonce, from one again with the next', () => {
    const digest = learned('Digest realm="r", nonce="one", qop="auth"');
    const count = () => fieldsOf(digest.headersFor('PUT', '/a')['authorization'])['nc'];
    expect([count(), count(), count()]).toEqual(['00000001', '00000002', '00000003']);
    expect(digest.learn(asked('Digest realm="r", nonce="two", qop="auth", stale=true'))).toBe(true);
    expect(count()).toBe('00000001');
  });

  test('does not try the nonce again that was refused, unless it is only too old', () => {
    const digest = learned('Digest realm="r", nonce="one", qop="auth"');
    expect(digest.learn(asked('Digest realm="r", nonce="one", qop="auth"'))).toBe(false);
    expect(digest.learn(asked('Digest realm="r", nonce="one", qop="auth", stale=TRUE'))).toBe(true);
  });

  test('-sess depends on both nonces', () => {
    const one = fieldsOf(learned('Digest realm="r", nonce="one", qop="auth", algorithm=SHA-256-sess').headersFor('GET', '/')['authorization']);
    const two = fieldsOf(learned('Digest realm="r", nonce="one", qop="auth", algorithm=SHA-256').headersFor('GET', '/')['authorization']);
    expect(one['algorithm']).toBe('SHA-256-sess');
    expect(one['response']).not.toBe(two['response']);
  });

  test.each(['Basic realm="r"', 'Digest realm="r"', 'Digest realm="r", nonce="n", algorithm=ROT13', 'Digest realm="r", nonce="n", qop="auth-int"', ''])('takes nothing from %j', (header) => {
    const digest = new DigestAuthorization('me', 'secret');
    expect(digest.learn(asked(header))).toBe(false);
    expect(digest.headersFor('GET', '/')).toEqual({});
  });

  test('a name that is not ASCII is encoded, and a quote cannot break out', () => {
    const value = (user: string) => {
      const digest = new DigestAuthorization(user, 'x');
      digest.learn(asked('Digest realm="r", nonce="n", qop="auth"'));
      return digest.headersFor('GET', '/')['authorization'] ?? '';
    };
    expect(value("J\u00e4s\u00f8n's")).toContain("username*=UTF-8''J%C3%A4s%C3%B8n%27s,");
    expect(value('a", uri="b')).toContain('username="a\\", uri=\\"b"');
  });
});

describe('as the server asks', () => {
  const automatic = () => authorizationOf({ scheme: 'automatic', user: 'me', password: 'p\u00e4ss' });

  test('nothing is told before it asks, then the best that it offers', () => {
    const one = automatic();
    expect(one?.headersFor('GET', '/')).toEqual({});
    expect(one?.expires).toBe(true);
    expect(one?.learn(asked(['Basic realm="r"', 'Digest realm="r", nonce="n", qop="auth"']))).toBe(true);
    expect(one?.headersFor('GET', '/')['authorization']).toMatch(/^Digest /);
  });

  test('Basic in UTF-8 where there is nothing better, also for requests that were under way', () => {
    const one = automatic();
    expect(one?.learn(asked('Basic realm="r"'))).toBe(true);
    expect(one?.headersFor('GET', '/')['authorization']).toBe(`Basic ${Buffer.from('me:p\u00e4ss').toString('base64')}`);
    expect(one?.learn(asked('Basic realm="r"'))).toBe(true);
    expect(one?.expires).toBe(false);
  });

  test('a server that asked for Digest gets no password later', () => {
    const one = automatic();
    one?.learn(asked('Digest realm="r", nonce="n", qop="auth"'));
    expect(one?.learn(asked('Basic realm="r"'))).toBe(false);
    expect(one?.headersFor('GET', '/')['authorization']).toMatch(/^Digest /);
  });

  test('a server that offers nothing that is known gets nothing', () => {
    expect(automatic()?.learn(asked('Negotiate, NTLM'))).toBe(false);
  });

  test('what must never be shown is known', () => {
    expect(automatic()?.secrets).toEqual(['p\u00e4ss', Buffer.from('me:p\u00e4ss').toString('base64')]);
    expect(authorizationOf({ scheme: 'bearer', token: 'tok' })?.secrets).toEqual(['tok']);
    expect(authorizationOf({ scheme: 'anonymous' })).toBeNull();
  });
});
