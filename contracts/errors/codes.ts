/**
 * Every error code, what it means and which exit code the command gives it
 * (1 a verdict said no, 2 wrong input, 3 a dependency was not reachable). `docs/errors.md` is kept equal to this table by a test.
 * Add a row here before throwing a new code.
 */
export const ERROR_CODES = {
  'input/invalid-documents': {
    exit: 2,
    meaning: 'One or more documents of the repository are wrong; each finding says where.',
  },
  'input/bad-argument': { exit: 2, meaning: 'A command or call got an argument that it cannot use.' },
  'input/not-a-repository': { exit: 2, meaning: 'The folder is not a Signalbox repository.' },
  'input/bad-data': { exit: 2, meaning: 'A data file cannot be read, or its rows do not meet the source.' },
  'input/bad-expression': { exit: 2, meaning: 'A CEL expression cannot be parsed, typed or compiled.' },
  'input/unknown-reference': { exit: 2, meaning: 'A name refers to something that does not exist.' },
  'git/dirty-work-tree': { exit: 2, meaning: 'The work tree has uncommitted changes where a clean one is needed.' },
  'git/no-identity': { exit: 2, meaning: 'Git does not know who commits.' },
  'git/conflict': { exit: 1, meaning: 'A merge or a revert conflicts.' },
  'git/failed': { exit: 3, meaning: 'A Git command failed.' },
  'git/not-a-descendant': { exit: 1, meaning: 'The branch no longer contains the published commit (a force-push).' },
  'forge/unauthorized': {
    exit: 2,
    meaning: 'GitHub takes nobody for signed in, or the token or App lacks a right; the message says which.',
  },
  'forge/rate-limited': { exit: 3, meaning: 'GitHub wants a pause; the hint says until when.' },
  'forge/unavailable': {
    exit: 3,
    meaning: 'The forge, GitHub or a folder, cannot be reached, fails, or answers what cannot be read.',
  },
  'forge/rejected': { exit: 2, meaning: 'GitHub takes a request for wrong; its own words say why.' },
  'store/unavailable': { exit: 3, meaning: 'A store cannot be read or written (disk full, no rights, not there).' },
  'store/conflict': { exit: 1, meaning: 'Someone else wrote first; read again and retry.' },
  'store/stale': {
    exit: 3,
    meaning: 'A store or a branch answers an older state than was seen before: nothing is decided by it.',
  },
  'store/corrupt': { exit: 3, meaning: 'Stored bytes do not match their digest.' },
  'store/too-large': { exit: 3, meaning: 'A stored object is larger than its reader allows.' },
  'store/not-found': { exit: 3, meaning: 'A stored object does not exist.' },
  'trust/unverified': {
    exit: 1,
    meaning: 'Metadata or a manifest is not signed as the root demands, was replayed, or expired.',
  },
  'trust/no-keys': { exit: 2, meaning: 'The signing keys of an environment are not there.' },
  'training/failed': { exit: 1, meaning: 'The trainer failed, ran too long, or left no usable output.' },
  'handover/refused': { exit: 1, meaning: 'What one job left for the next is not what it must be.' },
  'release/refused': { exit: 1, meaning: 'A promotion or rollback is not allowed as asked.' },
  'serving/bad-request': { exit: 2, meaning: 'A prediction request is malformed; the field is named.' },
  'serving/unknown-model': { exit: 2, meaning: 'The pod does not serve this model or version.' },
  'serving/overloaded': { exit: 3, meaning: 'The pod is busy; retry after the time that the answer names.' },
  'serving/no-answer': { exit: 3, meaning: 'No version, fallback or rule could answer.' },
  'serving/bad-package': { exit: 1, meaning: 'A package cannot be loaded or fails its golden inputs.' },
  'environment/port-in-use': { exit: 3, meaning: 'The port is taken.' },
  'environment/missing-tool': { exit: 3, meaning: 'A program that is needed is not installed.' },
  'demo/stopped': { exit: 1, meaning: 'A command or process of the demo did not do what the story needs.' },
  'internal/bug': { exit: 3, meaning: 'A broken invariant; please report it.' },
} as const satisfies Record<string, { exit: 1 | 2 | 3; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;
