import { describe, expect, it } from 'vitest';
import { asGitError } from './git-errors.js';

/** As Git and GitHub say it. */
const SAID: readonly [string, string, boolean][] = [
  ["fatal: Authentication failed for 'https://github.com/ada/flights.git/'", 'forge/unauthorized', false],
  ["fatal: could not read Username for 'https://github.com': terminal prompts disabled", 'forge/unauthorized', false],
  [
    'remote: Permission to ada/flights.git denied to grace.\nfatal: unable to access: The requested URL returned error: 403',
    'forge/unauthorized',
    false,
  ],
  ['git@github.com: Permission denied (publickey).', 'forge/unauthorized', false],
  ["fatal: unable to access 'https://github.com/': Could not resolve host: github.com", 'forge/unavailable', true],
  ["fatal: unable to access 'https://github.com/': The requested URL returned error: 503", 'forge/unavailable', true],
  ['error: RPC failed; curl 56 Recv failure: Connection reset by peer', 'forge/unavailable', true],
  [
    'error: RPC failed; curl 28 Operation too slow. Less than 1000 bytes/sec transferred the last 30 seconds',
    'forge/unavailable',
    true,
  ],
  [
    'remote: error: GH013: Repository rule violations found for refs/heads/main.\n ! [remote rejected] main -> main (push declined due to repository rule violations)',
    'release/refused',
    false,
  ],
  ['remote: error: GH006: Protected branch update failed for refs/heads/main.', 'release/refused', false],
  [' ! [rejected] bot -> bot (fetch first)\nerror: failed to push some refs', 'git/conflict', false],
  [
    "remote: error: cannot lock ref 'refs/heads/hold/a': 'refs/heads/hold' exists; cannot create 'refs/heads/hold/a'",
    'git/conflict',
    false,
  ],
  ['error: unable to write file a.yaml: Permission denied', 'git/failed', false],
  ['fatal: something that nobody has seen', 'git/failed', false],
];

describe('what Git says', () => {
  it.each(SAID)('%s', (said, code, retryable) => {
    expect(asGitError(new Error(said), ['push'])).toMatchObject({ code, retryable, hint: expect.any(String) });
  });

  it('names the branch that stands in the way of another', () => {
    const said = new Error("fatal: cannot lock ref 'refs/heads/hold/a': 'refs/heads/hold' exists; cannot create it");
    expect(asGitError(said, ['update-ref']).hint).toContain('rename hold, or delete it');
  });
});
