import { describe, expect, it } from 'vitest';
import { formatChecks } from './format-checks.js';
import {
  judgeDisk,
  judgeGit,
  judgeIdentity,
  judgeNode,
  judgePackages,
  judgePort,
  judgePython,
  parseVersion,
} from './judge.js';

describe('the doctor', () => {
  it('reads versions in the forms that programs print them', () => {
    expect(parseVersion('git version 2.39.5 (Apple Git-154)')).toEqual({ major: 2, minor: 39 });
    expect(parseVersion('v20.19.0')).toEqual({ major: 20, minor: 19 });
    expect(parseVersion('no version')).toBeNull();
  });

  it.each([
    ['v20.19.0', 'ok'],
    ['v20.18.9', 'missing'],
    ['v18.20.0', 'missing'],
    ['v24.0.0', 'ok'],
  ])('judges Node %s as %s', (version, state) => {
    expect(judgeNode(version).state).toBe(state);
  });

  it.each([
    ['git version 2.38.0', 'ok'],
    ['git version 2.37.9', 'missing'],
    [null, 'missing'],
    ['gibberish', 'missing'],
  ])('judges Git %j as %s', (output, state) => {
    expect(judgeGit(output).state).toBe(state);
  });

  it('says how to get whatever is missing', () => {
    const missing = [
      judgeNode('v18.0.0'),
      judgeGit(null),
      judgeIdentity(null, 'a@b'),
      judgeDisk('/tmp', 1),
      judgePort(0, 'not permitted'),
      judgePackages([{ name: 'lmdb', reason: 'no binary' }]),
    ];
    for (const check of missing) {
      expect(check.state).toBe('missing');
      expect(check.fix).toBeTruthy();
    }
    expect(formatChecks(missing)).toContain('6 of 6 need attention');
  });

  it('asks for Python only where it is wanted', () => {
    expect(judgePython(null, [])).toMatchObject({ state: 'optional' });
    expect(judgePython('Python 3.12', ['lightgbm']).fix).toBe('python3 -m pip install lightgbm');
    expect(formatChecks([judgePython(null, [])])).toContain('Everything that is needed is here.');
  });
});
