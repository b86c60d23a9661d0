import type { VersionRecord } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { emptyWorkspace } from '../../../tests/support/release-world.js';
import { MergeConflict } from '../../forge/index.js';
import type { CommitPlan } from '../../release/index.js';
import { obstaclesOf } from './obstacles.js';
import { checkOf, commentOf, letsMerge, type Outcome, type Statement } from './statement.js';
import { conflictOutcomes } from './taken.js';

const EMPTY = { commit: '', workspace: emptyWorkspace, findings: [] };
const PLAN: CommitPlan = {
  base: 'a'.repeat(40),
  head: 'b'.repeat(40),
  plan: { summary: ['Merging this changes no traffic.'], changes: [], notes: [], stopped: false },
  candidates: [],
  outdated: [],
  lastTrainingCpuSeconds: {},
  findings: [],
  standingFindings: [],
  changedPaths: [],
  trailers: [],
  before: emptyWorkspace,
  after: emptyWorkspace,
  heads: { before: EMPTY, after: EMPTY },
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
  const having = (digest: string) => ({
    versions: new Map([['m', new Map([[2, { package: { digest } } as VersionRecord]])]]),
  });
  const conflictIn = (...paths: string[]) => new MergeConflict('main', paths);
  const sides = { head: having('sha256:1'), main: having('sha256:2') };
  const path = 'models/m/versions/2.yaml';

  it('is told with what to do, and nothing says what merging does', () => {
    const outcomes = conflictOutcomes(conflictIn('models/m/model.yaml', path), sides);
    expect(outcomes).toEqual([{ kind: 'taken', model: 'm', version: 2 }]);
    const statement = saying(outcomes, { plan: null });
    expect(checkOf(statement)).toMatchObject({
      verdict: 'fail',
      title: 'Its version number is taken: rebase and propose again',
    });
    expect(commentOf(statement)).toMatch(/^## ❌ m: version 2 is another one on the main branch by now/);
    expect(commentOf(statement)).toContain('Rebase this branch onto the main branch and propose again');
  });

  it('is none where another file conflicts, or the main branch has this very package', () => {
    const conflict = [{ kind: 'conflict', model: null, sentence: expect.stringContaining('git merge origin/main') }];
    expect(conflictOutcomes(conflictIn('models/m/model.yaml'), sides)).toEqual(conflict);
    expect(conflictOutcomes(conflictIn(path), { ...sides, main: having('sha256:1') })).toEqual(conflict);
    expect(conflictOutcomes(conflictIn(path), { ...sides, main: emptyWorkspace })).toEqual(conflict);
  });
});

describe('a conflict with the main branch', () => {
  const outcomes = conflictOutcomes(new MergeConflict('main', ['docs/<img>.md']), {
    head: emptyWorkspace,
    main: emptyWorkspace,
  });

  it('is told in check and comment with the files and the way out, and lets nothing be merged', () => {
    const statement = saying(outcomes, { plan: null });
    expect(letsMerge(statement)).toBe(false);
    expect(letsMerge(saying([], { plan: null }))).toBe(false);
    expect(checkOf(statement)).toMatchObject({ verdict: 'fail', title: 'It conflicts with the main branch' });
    expect(commentOf(statement)).toMatch(
      /^## ❌ This cannot be merged\n\nMerging into main conflicts in `docs\/<img>\.md`, so it was not planned/,
    );
    expect(obstaclesOf(statement)).toEqual([{ kind: 'conflict', sentence: expect.stringContaining('docs/<img>.md') }]);
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

  it('tells what is wrong on the main branch, and lets what has nothing to do with it be merged', () => {
    const statement = saying([], { plan: { ...PLAN, standingFindings: brokenPlan.findings } });
    expect(checkOf(statement)).toMatchObject({ verdict: 'pass', title: 'Nothing is to be judged' });
    expect(commentOf(statement)).toContain(
      '## Documents of the main branch are wrong, and this leaves them as they are',
    );
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
