import type { VersionRecord } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { emptyWorkspace } from '../../../tests/support/release-world.js';
import type { CommitPlan } from '../../release/index.js';
import { checkOf, commentOf, type Outcome, type Statement } from './statement.js';
import { withTaken } from './taken.js';

const PLAN: CommitPlan = {
  base: 'a'.repeat(40),
  head: 'b'.repeat(40),
  plan: { changes: [], notes: [] },
  candidates: [],
  lastTrainingCpuSeconds: {},
  findings: [],
  changedPaths: [],
  trailers: [],
  before: emptyWorkspace,
  after: emptyWorkspace,
};
const RECORDED: Outcome = { kind: 'recorded', model: 'm', version: 2, report: '## ✅ m\n', record: {} as never };
const REFUSED: Outcome = { kind: 'refused', model: 'n', version: 2, report: '## ❌ n\n' };
const saying = (outcomes: readonly Outcome[], change: Partial<Statement> = {}): Statement => ({
  plan: PLAN,
  outcomes,
  ...change,
});
const brokenPlan: CommitPlan = {
  ...PLAN,
  findings: [
    {
      code: 'schema/unknown-key',
      severity: 'error',
      message: 'unknown key "<b>@octocat</b>"',
      place: { file: 'models/m/`x`.yaml', line: 1, column: 1 },
    },
  ],
};

describe('a version number that another pull request took', () => {
  const record = { package: { digest: 'sha256:1' } } as VersionRecord;
  const having = (digest: string) => ({
    versions: new Map([['m', new Map([[2, { package: { digest } } as VersionRecord]])]]),
  });
  const mine: Outcome = {
    kind: 'recorded',
    model: 'm',
    version: 3,
    report: '## ✅ m version 3 may be released',
    record,
  };
  const sides = { before: emptyWorkspace, after: having('sha256:1') };

  it('is told with what to do, and nothing says that it may be released', () => {
    const statement = saying(withTaken([mine, REFUSED], { ...sides, main: having('sha256:2') }));
    expect(statement.outcomes).toEqual([REFUSED, { kind: 'taken', model: 'm', version: 2 }]);
    expect(checkOf(statement)).toMatchObject({
      verdict: 'fail',
      title: 'Its version number is taken: rebase and propose again',
    });
    expect(commentOf(statement)).toContain('Rebase this branch onto the main branch and propose again');
    expect(commentOf(statement)).not.toContain('may be released');
  });

  it('is none where the main branch has this very package, none of that number, or had it before', () => {
    expect(withTaken([mine], { ...sides, main: having('sha256:1') })).toEqual([mine]);
    expect(withTaken([mine], { ...sides, main: emptyWorkspace })).toEqual([mine]);
    expect(withTaken([mine], { ...sides, before: having('sha256:1'), main: having('sha256:2') })).toEqual([mine]);
  });
});

describe('the check', () => {
  it.each<[string, Statement, string, string]>([
    ['nothing is to be judged', saying([]), 'pass', 'Nothing is to be judged'],
    ['every candidate earned its record', saying([RECORDED]), 'pass', 'The gates let it through'],
    ['a gate refuses one of two', saying([RECORDED, REFUSED]), 'fail', 'The gates refuse it'],
    [
      'one of two has no verdict',
      saying([RECORDED, { kind: 'missing', model: 'n' }]),
      'error',
      'It could not be judged',
    ],
    [
      'something is not taken',
      saying([RECORDED, { kind: 'untrusted', model: null, sentence: 's' }]),
      'error',
      'It could not be judged',
    ],
    ['a document is wrong', saying([], { plan: brokenPlan }), 'fail', 'Documents are wrong'],
    [
      'a document is wrong beside a good model',
      saying([RECORDED], { plan: brokenPlan }),
      'fail',
      'Documents are wrong',
    ],
    [
      'another request holds the record',
      saying([RECORDED], { mergeInstead: 9 }),
      'fail',
      'Merge pull request #9 instead',
    ],
    ['a fork’s candidate is refused', saying([REFUSED], { mergeInstead: 9 }), 'fail', 'The gates refuse it'],
  ])('where %s', (...[, statement, verdict, title]) => {
    expect(checkOf(statement)).toMatchObject({ verdict, title });
  });
});

describe('the comment', () => {
  it('begins with what merging does, and tells every model', () => {
    const text = commentOf(saying([RECORDED, { kind: 'missing', model: 'n' }]));
    expect(text).toMatch(/^## What merging this does\n\n- Merging this changes no traffic\./);
    expect(text).toContain('## ✅ m');
    expect(text).toContain('## ❌ n: no verdict');
  });

  it('makes nothing of what others wrote', () => {
    const sentence = 'verdict.json: <img src=x> @octocat #1 `</details>';
    const text = commentOf(saying([{ kind: 'untrusted', model: null, sentence }], { plan: brokenPlan }));
    expect(text).toContain('`<img` `src=x>` `@octocat` `#1`');
    expect(text).toContain('unknown key `"<b>@octocat</b>"`');
    expect(text).toContain('``models/m/`x`.yaml:1:1``');
  });

  it('is never longer than GitHub takes', () => {
    const text = commentOf(saying([{ ...REFUSED, report: 'x'.repeat(200_000) }]));
    expect(text.length).toBeLessThanOrEqual(65_535);
    expect(text).toMatch(/cut here: it is longer than a comment may be\.$/);
  });
});
