import { parseDurationUs, parseInstantUs, type Verdict } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordOf } from '../../tests/support/release-world.js';
import { decideRetraining, type RetrainingState } from './decide.js';
import { dataUntil, parseRequestBranch, requestBranch, requestKey } from './request-name.js';

const DRIFT: Verdict = { id: 'drift/view.amount', verdict: 'fail', sentence: '2 of 3 judged windows drifted.' };
const POOR: Verdict = { id: 'quality/auc', verdict: 'fail', sentence: 'AUC is 0.5; at least 0.6 is required.' };
const RULES: RetrainingState['rules'] = {
  on: ['drift', 'quality', 'schedule'],
  every: '30d',
  trainingWindow: '52d',
  evaluationWindow: '30d',
  cooldown: '7d',
};

/** Version 1, trained on data until 2001-02-01; now it is the 1st of July, early in the morning. */
function stateOf(change: Partial<RetrainingState> = {}): RetrainingState {
  return {
    model: 'late',
    rules: { ...RULES, on: ['drift', 'quality'] },
    live: { version: 1, record: recordOf(1) },
    policy: 'sha256:policy',
    verdicts: [DRIFT],
    because: null,
    nowUs: parseInstantUs('2001-07-01T03:20:00Z'),
    pullRequests: [],
    ...change,
  };
}

function proposed(change: Partial<RetrainingState> = {}) {
  const decision = decideRetraining(stateOf(change));
  if (decision.action !== 'propose') throw new Error(`waits: ${decision.sentence}`);
  return decision;
}

const whyWaiting = (change: Partial<RetrainingState>) => {
  const decision = decideRetraining(stateOf(change));
  return decision.action === 'wait' ? decision.why : decision.action;
};

const requestOn = (day: string, state: 'open' | 'merged' | 'closed', model = 'late') => ({
  number: 7,
  head: requestBranch(model, `${day}-0123456789ab`),
  state,
});

describe('a trigger', () => {
  it.each([
    ['drift asks', { verdicts: [DRIFT] }, ['drift']],
    ['quality asks', { verdicts: [POOR] }, ['quality']],
    ['both ask', { verdicts: [POOR, DRIFT] }, ['drift', 'quality']],
    [
      'a person asks, whatever is declared',
      { verdicts: [], because: 'new airports', rules: { ...RULES, on: [] } },
      ['person'],
    ],
    ['old training data asks', { verdicts: [], rules: { ...RULES, on: ['schedule' as const] } }, ['schedule']],
  ])('%s', (_, change, triggers) => {
    expect(proposed(change).triggers.map(({ by }) => by)).toEqual(triggers);
  });

  it.each([
    ['is not declared', { verdicts: [POOR], rules: { ...RULES, on: ['drift' as const] } }],
    ['has only a warning', { verdicts: [{ ...DRIFT, verdict: 'warn' as const }] }],
    ['has too little evidence', { verdicts: [{ ...DRIFT, verdict: 'inconclusive' as const }] }],
    ['has no data', { verdicts: [{ ...DRIFT, verdict: 'no-data' as const }] }],
    ['has a schedule that is not due', { verdicts: [], rules: { ...RULES, on: ['schedule' as const], every: '151d' } }],
  ])('does not ask when it %s', (_, change) => {
    expect(whyWaiting(change)).toBe('nothing-asks');
  });
});

describe('the decision', () => {
  it('moves both periods to the newest whole days', () => {
    expect(proposed().periods).toEqual({
      training: { from: '2001-04-10', to: '2001-06-01' },
      evaluation: { from: '2001-06-01', to: '2001-07-01' },
    });
  });

  it('is the same all day, and another with other data, another live version, or other rules', () => {
    const { branch } = proposed();
    expect(branch).toMatch(/^retrain\/late-20010701-[0-9a-f]{12}$/);
    expect(proposed({ nowUs: parseInstantUs('2001-07-01T23:59:59Z') }).branch).toBe(branch);
    const others = [
      proposed({ nowUs: parseInstantUs('2001-07-02') }),
      proposed({ live: { version: 2, record: recordOf(2) } }),
      proposed({ policy: 'sha256:other' }),
    ];
    expect(new Set([branch, ...others.map((other) => other.branch)]).size).toBe(4);
  });

  it('keeps one request a model open', () => {
    expect(whyWaiting({ pullRequests: [requestOn('20010101', 'open')] })).toBe('open-request');
    expect(whyWaiting({ pullRequests: [requestOn('20010101', 'open')], because: 'I want it' })).toBe('open-request');
    expect(whyWaiting({ pullRequests: [requestOn('20010101', 'open', 'later')] })).toBe('propose');
    expect(whyWaiting({ pullRequests: [{ number: 1, head: 'better-features', state: 'open' }] })).toBe('propose');
  });

  it.each(['merged', 'closed'] as const)('does not repeat a request that is %s, not even for a person', (state) => {
    const { branch } = proposed();
    expect(whyWaiting({ pullRequests: [{ number: 3, head: branch, state }] })).toBe('asked');
    expect(whyWaiting({ pullRequests: [{ number: 3, head: branch, state }], because: 'again' })).toBe('asked');
  });

  it('rests after the last request by event time, unless a person asks', () => {
    expect(whyWaiting({ pullRequests: [requestOn('20010625', 'closed')] })).toBe('cooldown');
    expect(whyWaiting({ pullRequests: [requestOn('20010624', 'merged')] })).toBe('propose');
    expect(whyWaiting({ pullRequests: [requestOn('20010625', 'closed')], because: 'it is urgent' })).toBe('propose');
  });

  it('does not train on what the live version has seen', () => {
    const record = recordOf(1);
    const trained = { ...record, trainedOn: { ...record.trainedOn, to: '2001-06-01' } };
    expect(whyWaiting({ live: { version: 1, record: trained } })).toBe('nothing-newer');
    const older = { ...record, trainedOn: { ...record.trainedOn, to: '2001-05-31' } };
    expect(whyWaiting({ live: { version: 1, record: older } })).toBe('propose');
  });

  it('never asks twice, whatever is lost, doubled or late: each request that was made stops the next', () => {
    const days = fc.array(fc.record({ hours: fc.integer({ min: 0, max: 72 }), merged: fc.boolean() }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(days, (looks) => {
        const pullRequests: { number: number; head: string; state: 'open' | 'merged' | 'closed' }[] = [];
        let nowUs = parseInstantUs('2001-07-01');
        for (const { hours, merged } of looks) {
          nowUs += hours * 3_600_000_000;
          const decision = decideRetraining(stateOf({ nowUs, pullRequests }));
          if (decision.action === 'propose') {
            pullRequests.push({ number: pullRequests.length + 1, head: decision.branch, state: 'open' });
          } else if (merged && decision.why === 'open-request') {
            pullRequests[pullRequests.length - 1]!.state = 'merged';
          }
        }
        const heads = pullRequests.map(({ head }) => parseRequestBranch(head)!.dataUntilUs);
        expect(new Set(heads).size).toBe(heads.length);
        const gaps = heads.slice(1).map((at, i) => at - heads[i]!);
        expect(gaps.every((gap) => gap >= parseDurationUs('7d'))).toBe(true);
        expect(pullRequests.filter(({ state }) => state === 'open').length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('the name of a request', () => {
  it('says its model and its data, and is read back', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z][a-z0-9]{0,5}([-_][a-z0-9]{1,8}){0,3}$/),
        fc.integer({ min: 0, max: 2_000_000 }),
        (model, hours) => {
          const dataUntilUs = dataUntil(hours * 3_600_000_000);
          const key = requestKey({ model, dataUntilUs, champion: 'sha256:a', policy: 'sha256:b' });
          expect(parseRequestBranch(requestBranch(model, key))).toEqual({ model, key, dataUntilUs });
        },
      ),
    );
  });

  it.each([
    'main',
    'retrain/late',
    'retrain/late-20010701',
    'retrain/late-20010231-0123456789ab',
    'retrain/-20010701-0123456789ab',
  ])('is not %s', (branch) => {
    expect(parseRequestBranch(branch)).toBeNull();
  });
});
