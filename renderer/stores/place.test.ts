import { describe, expect, it } from 'vitest';
import { childOnTheWay, crumbs, formatAddress, parseAddress } from './place.ts';

const locations = [{ id: 'l1', name: 'Lab' }, { id: 'l2', name: 'Lab/Cold' }, { id: 'l3', name: 'Local library' }];
const present = { locationId: 'l3', path: '2026' };

describe('an address', () => {
  it('leads back to where it was written', () => {
    expect(parseAddress(formatAddress('Local library', '2026/expedition-07'), locations, null)).toEqual({ locationId: 'l3', path: '2026/expedition-07' });
    expect(parseAddress(formatAddress('Local library', ''), locations, null)).toEqual({ locationId: 'l3', path: '' });
  });

  it('takes the longest name that fits, in any case', () => {
    expect(parseAddress('lab/cold/x', locations, null)).toEqual({ locationId: 'l2', path: 'x' });
    expect(parseAddress('lab/warm', locations, null)).toEqual({ locationId: 'l1', path: 'warm' });
    expect(parseAddress('Laboratory', locations, null)).toBeNull();
  });

  it('beginning with a slash stays in the location shown', () => {
    expect(parseAddress('/ctd/', locations, present)).toEqual({ locationId: 'l3', path: 'ctd' });
    expect(parseAddress('/ctd', locations, null)).toBeNull();
  });

  it('cannot leave the root', () => {
    expect(() => parseAddress('Lab/../etc', locations, null)).toThrow(/not a file name/);
  });
});

it('crumbs lead to every folder on the way', () => {
  expect(crumbs('Lab', 'a/b')).toEqual([{ name: 'Lab', path: '' }, { name: 'a', path: 'a' }, { name: 'b', path: 'a/b' }]);
});

it('going up chooses the folder that was left, and nothing when it was not below', () => {
  const at = (path: string, locationId = 'l1') => ({ locationId, path });
  expect(childOnTheWay(at(''), at('a'))).toBe('a');
  expect(childOnTheWay(at('a'), at('a/b/c'))).toBe('a/b');
  expect(childOnTheWay(at('a'), at('ab/c'))).toBeNull();
  expect(childOnTheWay(at('a'), at('a'))).toBeNull();
  expect(childOnTheWay(at(''), at('a', 'l2'))).toBeNull();
});
