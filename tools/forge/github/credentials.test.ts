import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseRemote, readServer } from './address.js';
import { readCredentials } from './credentials.js';

const key = String(
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
);
const ecKey = String(
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
);

describe('credentials', () => {
  it('are the App where its key is there, else the token of our own name, else the common one', () => {
    const tokens = { SIGNALBOX_GITHUB_TOKEN: 'ours', GITHUB_TOKEN: 'common' };
    const app = { SIGNALBOX_APP_ID: '77', SIGNALBOX_APP_KEY: key };
    expect(readCredentials({ ...tokens, ...app })).toMatchObject({
      signIn: { kind: 'app', appId: 77 },
      expectedAppId: 77,
    });
    expect(readCredentials(tokens)).toEqual({ signIn: { kind: 'token', token: 'ours' }, expectedAppId: null });
    expect(readCredentials({ GITHUB_TOKEN: ' common\n', SIGNALBOX_APP_ID: '77' })).toEqual({
      ...{ signIn: { kind: 'token', token: 'common' }, expectedAppId: 77 },
    });
  });

  it.each<[string, Record<string, string>, string]>([
    ['nothing', {}, 'forge/unauthorized'],
    ['empty settings', { GITHUB_TOKEN: '', SIGNALBOX_GITHUB_TOKEN: '', SIGNALBOX_APP_KEY: '' }, 'forge/unauthorized'],
    ['a key without an App', { SIGNALBOX_APP_KEY: key }, 'input/bad-argument'],
    ['a client id for the App', { SIGNALBOX_APP_ID: 'Iv1.abc', GITHUB_TOKEN: 'x' }, 'input/bad-argument'],
    ['half a key', { SIGNALBOX_APP_ID: '77', SIGNALBOX_APP_KEY: key.slice(0, 300) }, 'input/bad-argument'],
    ['a key of another kind', { SIGNALBOX_APP_ID: '77', SIGNALBOX_APP_KEY: ecKey }, 'input/bad-argument'],
    ['two tokens in one', { GITHUB_TOKEN: 'one two' }, 'input/bad-argument'],
  ])('refuse %s without repeating a secret', (_what, env, code) => {
    let thrown: unknown;
    try {
      readCredentials(env);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code, hint: expect.any(String) });
    const secrets = [key.slice(30, 60), 'one two'];
    expect(secrets.filter((secret) => JSON.stringify([thrown, (thrown as Error).message]).includes(secret))).toEqual(
      [],
    );
  });
});

describe('the address of a repository', () => {
  const github = readServer({});
  const enterprise = readServer({
    GITHUB_SERVER_URL: 'https://ghe.example.com:8443',
    GITHUB_API_URL: 'https://ghe.example.com:8443/api/v3',
  });

  it.each([
    'https://github.com/ada/flights',
    'https://github.com/ada/flights.git',
    'https://github.com/ada/flights/',
    'https://x-access-token:secret@github.com/ada/flights.git',
    'git@github.com:ada/flights.git',
    'github.com:ada/flights',
    'ssh://git@github.com/ada/flights.git',
    'ssh://git@github.com:22/ada/flights.git',
  ])('is read from %s', (remote) => {
    expect(parseRemote(remote, github)).toEqual({ owner: 'ada', repo: 'flights' });
  });

  it.each([
    'https://gitlab.com/ada/flights',
    'https://github.com.evil.example/ada/flights',
    'https://evil.example/github.com/ada',
    'git@evil.example:github.com/ada/flights.git',
    'https://github.com/ada',
    'https://github.com/ada/flights/tree/main',
    'ftp://github.com/ada/flights',
    'https://github.com:8443/ada/flights',
  ])('is not read from %s', (remote) => {
    expect(parseRemote(remote, github)).toBeNull();
  });

  it('is of the Enterprise server that the environment names', () => {
    const name = { owner: 'ada', repo: 'flights.api' };
    expect(parseRemote('https://ghe.example.com:8443/ada/flights.api.git', enterprise)).toEqual(name);
    expect(parseRemote('ssh://git@ghe.example.com:2222/ada/flights.api.git', enterprise)).toEqual(name);
    expect(parseRemote('https://github.com/ada/flights.api', enterprise)).toBeNull();
  });

  it.each(['http://ghe.example.com', 'ghe.example.com', 'https://token@ghe.example.com', 'file:///x'])(
    'is refused on a server at %s: a token would travel in the open, or elsewhere',
    (address) => {
      expect(() => readServer({ GITHUB_API_URL: address })).toThrow('expected GITHUB_API_URL to be an https address');
    },
  );
});
