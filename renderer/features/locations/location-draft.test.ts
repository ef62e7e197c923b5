import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../../shared/ipc/contract.ts';
import type { BackendView, LocationView } from '../../../shared/ipc/views.ts';
import { acceptSuggestion, changeBackend, emptyForm, formOf, readForm } from './location-draft.ts';

const http: BackendView = {
  name: 'http', title: 'HTTP', description: '', uriLabel: 'Address', uriPlaceholder: '', uriIsFolder: false, secretLabel: 'Token', plugin: null,
  fields: [
    { key: 'timeout', label: 'Timeout', kind: 'number', required: true, help: '', default: 30 },
    { key: 'ca', label: 'Authority', kind: 'path', required: false, help: '' },
    { key: 'browse', label: 'Browse', kind: 'boolean', required: false, help: '' },
  ],
};
const location: LocationView = {
  id: 'l1', name: 'Lab', backend: 'http', uri: 'https://lab/', options: { timeout: 5, browse: true }, secretsSet: ['secret'], proof: { minimum: 3, readBack: { upTo: 1_572_864 } }, sizeLimit: { bytes: 5_000_000_000, reason: 'quota' }, state: { kind: 'ready' }, capabilities: null,
};
const sftp: BackendView = {
  ...http, name: 'sftp',
  fields: [
    { key: 'way', label: 'Sign in with', kind: 'choice', required: false, help: '', default: 'key', choices: [{ value: 'key', label: 'Key' }, { value: 'agent', label: 'Agent' }] },
    { key: 'keyFile', label: 'Key', kind: 'path', required: false, help: '', showIf: { key: 'way', is: ['key'] } },
    { key: 'passphrase', label: 'Passphrase', kind: 'secret', required: true, help: '', showIf: { key: 'way', is: ['key'] } },
  ],
};
const signedIn = { ...emptyForm(sftp), name: 'Lab', uri: 'sftp://lab/' };
const filled = { ...emptyForm(http), name: ' Lab ', uri: ' https://lab/ ' };

describe('the form of a location', () => {
  it('saved without a change changes nothing, to the byte', () => {
    const { draft } = readForm(formOf(location, http), http);
    expect(draft).toEqual({ name: 'Lab', backend: 'http', uri: 'https://lab/', options: { timeout: 5, browse: true }, proof: location.proof, sizeLimit: location.sizeLimit });
    expect(ROUTES['locations.add'].input.safeParse(draft).success).toBe(true);
  });

  it('keeps, sets or forgets the secret, and these are three things', () => {
    expect(readForm(filled, http).draft).not.toHaveProperty('secret');
    expect(readForm({ ...filled, secrets: { secret: 's' } }, http).draft).toHaveProperty('secret', 's');
    expect(readForm({ ...filled, forgotten: ['secret'] }, http).draft).toHaveProperty('secret', '');
  });

  it('names everything that is missing or wrong at once', () => {
    const form = { ...emptyForm(http), options: { timeout: 'soon', ca: '', browse: false }, limitMiB: '-1', readBack: 'up to' as const, readBackMiB: 'much' };
    expect(readForm(form, http).problems).toHaveLength(5);
    expect(readForm({ ...filled, options: { timeout: '' } }, http).problems).toEqual([{ field: 'timeout', text: 'Timeout is needed.' }]);
  });

  it('leaves out options that were left empty, and no limit is no limit of zero', () => {
    const { draft } = readForm(filled, http);
    expect(draft?.options).toEqual({ timeout: 30, browse: false });
    expect(draft?.sizeLimit).toBeNull();
    expect(readForm({ ...filled, limitMiB: '0' }, http).draft?.sizeLimit).toEqual({ bytes: 0 });
    expect(readForm({ ...filled, limitMiB: '1,5' }, http).draft?.sizeLimit).toEqual({ bytes: 1_572_864 });
  });

  it('keeps the name but no option and no secret when another backend is chosen', () => {
    const form = changeBackend({ ...filled, secrets: { secret: 's' } }, { ...http, name: 'local', fields: [] });
    expect(form).toMatchObject({ backend: 'local', name: ' Lab ', secrets: {}, options: {}, uri: '' });
  });

  it('keeps each further secret apart from the options, and asks for one that is needed and not stored', () => {
    expect(readForm({ ...signedIn, secrets: { passphrase: 'p' } }, sftp).draft).toMatchObject({ options: { way: 'key' }, secrets: { passphrase: 'p' } });
    expect(readForm(signedIn, sftp).problems).toEqual([{ field: 'passphrase', text: 'Passphrase is needed.' }]);
    expect(readForm(signedIn, sftp, ['passphrase']).draft).not.toHaveProperty('secrets');
    expect(readForm({ ...signedIn, forgotten: ['passphrase'] }, sftp, ['passphrase']).problems).toHaveLength(1);
  });

  it('says nothing of fields that are not shown', () => {
    const { draft } = readForm({ ...signedIn, options: { way: 'agent', keyFile: '/old/key' }, secrets: { passphrase: 'p' } }, sftp);
    expect(draft?.options).toEqual({ way: 'agent' });
    expect(draft).not.toHaveProperty('secrets');
  });

  it('takes what was found on this computer, and keeps a name that was typed', () => {
    const found = { label: 'lab', uri: 'sftp://lab/', options: { way: 'agent' } };
    expect(acceptSuggestion(emptyForm(sftp), sftp, found)).toMatchObject({ name: 'lab', uri: 'sftp://lab/', options: { way: 'agent', keyFile: '' } });
    expect(acceptSuggestion({ ...emptyForm(sftp), name: 'Mine' }, sftp, found).name).toBe('Mine');
  });
});
