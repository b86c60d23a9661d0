import { describe, expect, it } from 'vitest';
import { emptyWorkspace } from '../../../tests/support/release-world.js';
import { obstaclesOf } from './obstacles.js';
import { letsMerge, type Outcome, type Statement } from './statement.js';

const finding = (message: string) => ({
  code: 'schema/unknown-key' as const,
  severity: 'error' as const,
  message,
  place: { file: 'models/m/model.yaml', line: 3, column: 1 },
});

const EMPTY = { commit: '', workspace: emptyWorkspace, findings: [] };
const saying = (outcomes: readonly Outcome[], messages: readonly string[] = []): Statement => ({
  outcomes,
  plan: {
    base: '',
    head: '',
    plan: { summary: ['Merging this changes no traffic.'], changes: [], notes: [], stopped: false },
    candidates: [],
    outdated: [],
    lastTrainingCpuSeconds: {},
    findings: messages.map(finding),
    standingFindings: [],
    changedPaths: [],
    trailers: [],
    before: emptyWorkspace,
    after: emptyWorkspace,
    heads: { before: EMPTY, after: EMPTY },
  },
});

const RECORDED: Outcome = { kind: 'recorded', model: 'm', version: 2, report: '', record: {} as never };

describe('what stands against merging', () => {
  it('is nothing where all that was judged is recorded', () => {
    expect(obstaclesOf(saying([RECORDED]))).toEqual([]);
  });

  it.each<[Outcome, string]>([
    [{ kind: 'refused', model: 'm', version: 2, report: '' }, 'm: The gates refuse the candidate.'],
    [
      { kind: 'taken', model: 'm', version: 2 },
      'm: Version 2 is another one on the main branch by now. Rebase onto it and propose again.',
    ],
    [
      { kind: 'missing', model: 'm' },
      'm: The branch changes it, and no judge said what it is worth: judge it too, or leave it to a branch of its own.',
    ],
    [{ kind: 'untrusted', model: 'm', sentence: 'The verdict is not taken: x.' }, 'm: The verdict is not taken: x.'],
    [{ kind: 'untrusted', model: null, sentence: 'A record is foreign.' }, 'A record is foreign.'],
  ])('is told of %o', (outcome, sentence) => {
    const statement = saying([RECORDED, outcome]);
    expect(letsMerge(statement)).toBe(false);
    expect(obstaclesOf(statement)).toEqual([{ kind: outcome.kind, sentence }]);
  });

  it('names the first of wrong documents, and counts the others', () => {
    const [obstacle] = obstaclesOf(saying([RECORDED], ['unknown key "\u001b"', 'b', 'c']));
    expect(obstacle).toEqual({
      kind: 'documents',
      sentence: 'Documents are wrong: models/m/model.yaml:3:1: unknown key "\\u{1b}"; and 2 more.',
    });
  });
});
