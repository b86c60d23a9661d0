import { afterEach, describe, expect, it, vi } from 'vitest';
import { findTool } from './tool.js';

describe('a judge’s program', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('that is not there fails the judge, with how to install it', () => {
    vi.stubEnv('ACTIONLINT', undefined);
    vi.stubEnv('PATH', '');
    vi.stubEnv('HOME', '/nowhere');
    expect(() => findTool('actionlint')).toThrow(
      'actionlint is not on this machine. Install it: go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12',
    );
    vi.stubEnv('ACT', '/nowhere/act');
    expect(() => findTool('act')).toThrow(
      'there is no /nowhere/act. Install it: go install github.com/nektos/act@v0.2.89',
    );
  });

  it('of another version fails the judge too', () => {
    vi.stubEnv('ACT', process.execPath);
    expect(() => findTool('act')).toThrow(`expected act 0.2.89, ${process.execPath} says "${process.version}"`);
  });
});
