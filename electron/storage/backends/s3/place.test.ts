import { describe, expect, test } from 'vitest';
import { parseEndpoint, parsePlace } from './place.ts';

const NOTHING = { endpoint: null, region: null, pathStyle: null };

describe('the place of a location', () => {
  test.each([
    ['s3://bucket', { bucket: 'bucket', prefix: '', root: 's3://bucket/', endpoint: null, pathStyle: false }],
    ['s3://bucket/a b/ü', { bucket: 'bucket', prefix: 'a b/ü/', root: 's3://bucket/a%20b/%C3%BC/' }],
    ['  S3://bucket/a/  ', { bucket: 'bucket', prefix: 'a/' }],
    ['https://s3.example.org:9000/bucket/a%20b/', { bucket: 'bucket', prefix: 'a b/', endpoint: 'https://s3.example.org:9000', pathStyle: true }],
    ['http://[::1]:9000/bucket', { bucket: 'bucket', prefix: '', endpoint: 'http://[::1]:9000' }],
    ['https://my.bucket.s3.eu-central-1.amazonaws.com/a/', { bucket: 'my.bucket', prefix: 'a/', endpoint: null, region: 'eu-central-1', pathStyle: false }],
    ['https://s3.us-gov-west-1.amazonaws.com/bucket/a/', { bucket: 'bucket', prefix: 'a/', endpoint: null, region: 'us-gov-west-1' }],
    ['https://bucket.s3.amazonaws.com/', { bucket: 'bucket', endpoint: null, region: null }],
  ])('%s', (uri, expected) => {
    expect(parsePlace(uri, NOTHING)).toMatchObject(expected);
  });

  test('what is told beside the address counts', () => {
    expect(parsePlace('s3://bucket/', { endpoint: 'https://s3.example.org', region: 'r1', pathStyle: false })).toMatchObject({ endpoint: 'https://s3.example.org', region: 'r1', pathStyle: false });
    expect(parsePlace('https://s3.eu-west-1.amazonaws.com/bucket/', { ...NOTHING, region: 'us-east-1' }).region).toBe('us-east-1');
  });

  test.each(['', 'bucket', 'ftp://bucket/', 's3://', 's3://b', 's3://../x', 's3://bucket/../x', 's3://bucket/a//b', 's3://user:pw@bucket/', 's3://-bucket/', 'https://s3.example.org/', 'https://s3.example.org/bucket/?list', 'https://s3.example.org/bucket/%zz', 's3://bucket/\ud800'])('%j is none', (uri) => {
    expect(() => parsePlace(uri, NOTHING)).toThrow(/^uri: /);
  });

  test('a password in the address is not repeated', () => {
    expect(() => parsePlace('s3://user:geheim@bucket/', NOTHING)).toThrow(/^(?!.*geheim)/);
    expect(() => parsePlace('gopher://user:geheim@bucket/', NOTHING)).toThrow(/^(?!.*geheim)/);
    expect(() => parseEndpoint('https://user:geheim@host')).toThrow(/^(?!.*geheim)/);
  });

  test('two servers contradict', () => {
    expect(() => parsePlace('https://one.example.org/bucket/', { ...NOTHING, endpoint: 'https://two.example.org' })).toThrow(/another server/);
  });

  test.each(['s3.example.org', 'ftp://host', 'https://host/path', 'https://host/?q'])('%s is no server', (text) => {
    expect(() => parseEndpoint(text)).toThrow(/^endpoint: /);
  });
});
