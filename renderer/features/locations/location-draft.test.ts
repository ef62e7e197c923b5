import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../../shared/ipc/contract.ts';
import type { BackendView, LocationView } from '../../../shared/ipc/views.ts';
import { changeBackend, emptyForm, formOf, readForm } from './location-draft.ts';

const http: BackendView = {
  name: 'http', title: 'HTTP', description: '', uriLabel: 'Address', uriPlaceholder: '', uriIsFolder: false, secretLabel: 'Token', plugin: null,
  fields: [
    { key: 'timeout', label: 'Timeout', kind: 'number', required: true, help: '', default: 30 },
    { key: 'ca', label: 'Authority', kind: 'path', required: false, help: '' },
    { key: 'browse', label: 'Browse', kind: 'boolean', required: false, help: '' },
  ],
};
const location: LocationView = {
  id: 'l1', name: 'Lab', backend: 'http', uri: 'https://lab/', options: { timeout: 5, browse: true }, secretSet: true, proof: { minimum: 3, readBack: { upTo: 1_572_864 } }, sizeLimit: { bytes: 5_000_000_000, reason: 'quota' }, state: { kind: 'ready' }, capabilities: null,
};
const filled = { ...emptyForm(http), name: ' Lab ', uri: ' https://lab/ ' };

describe('the form of a location', () => {
  it('saved without a change changes nothing, to the byte', () => {
    const { draft } = readForm(formOf(location, http), http);
    expect(draft).toEqual({ name: 'Lab', backend: 'http', uri: 'https://lab/', options: { timeout: 5, browse: true }, proof: location.proof, sizeLimit: location.sizeLimit });
    expect(ROUTES['locations.add'].input.safeParse(draft).success).toBe(true);
  });

  it('keeps, sets or forgets the secret, and these are three things', () => {
    expect(readForm(filled, http).draft).not.toHaveProperty('secret');
    expect(readForm({ ...filled, secret: 's' }, http).draft).toHaveProperty('secret', 's');
    expect(readForm({ ...filled, forgetSecret: true }, http).draft).toHaveProperty('secret', '');
  });

  it('names everything that is missing or wrong at once', () => {
    const form = { ...emptyForm(http), options: { timeout: 'soon', ca: '', browse: false }, limitMiB: '-1', readBack: 'up to' as const, readBackMiB: 'much' };
    expect(readForm(form, http).problems).toHaveLength(5);
    expect(readForm({ ...filled, options: { timeout: '' } }, http).problems).toEqual(['Timeout is needed.']);
  });

  it('leaves out options that were left empty, and no limit is no limit of zero', () => {
    const { draft } = readForm(filled, http);
    expect(draft?.options).toEqual({ timeout: 30, browse: false });
    expect(draft?.sizeLimit).toBeNull();
    expect(readForm({ ...filled, limitMiB: '0' }, http).draft?.sizeLimit).toEqual({ bytes: 0 });
    expect(readForm({ ...filled, limitMiB: '1,5' }, http).draft?.sizeLimit).toEqual({ bytes: 1_572_864 });
  });

  it('keeps the name but no option and no secret when another backend is chosen', () => {
    const form = changeBackend({ ...filled, secret: 's' }, { ...http, name: 'local', fields: [] });
    expect(form).toMatchObject({ backend: 'local', name: ' Lab ', secret: '', options: {}, uri: '' });
  });
});
