import type { Verdict } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import type { DeclaredTimesEvidence, FeatureDifference, GateInput, LeakEvidence, ReplayEvidence } from './evidence.js';
import { leakGates } from './leak.js';

const AT_US = Date.UTC(2001, 0, 8, 12) * 1000;

const DECLARED: DeclaredTimesEvidence = {
  labelColumns: ['delay'],
  pastReaders: ['origin.mean', 'origin.max'],
  pastSources: ['flights'],
  requestReaders: [],
  rows: 1000,
  knownEarly: 0,
  examples: [],
};
const REPLAY: ReplayEvidence = {
  pastFeatures: 2,
  newSources: [],
  rows: 40,
  checked: 80,
  earlierEvents: 0,
  laterEvents: 0,
  differences: [],
};
const OVERLAP = { trainingRows: 1000, evaluationRows: 500, shared: 0, examples: [] };

function verdicts(leak: Partial<LeakEvidence>, hasChampion = false): Verdict[] {
  const all = { declared: DECLARED, replay: REPLAY, overlap: OVERLAP, ...leak };
  return leakGates({ leak: all, hasChampion } as unknown as GateInput);
}
const declared = (changes: Partial<DeclaredTimesEvidence>) => verdicts({ declared: { ...DECLARED, ...changes } })[0]!;
const replay = (changes: Partial<ReplayEvidence>, hasChampion = false) =>
  verdicts({ replay: { ...REPLAY, ...changes } }, hasChampion)[1]!;
const difference = (labelId: string, changes: Partial<FeatureDifference> = {}): FeatureDifference => ({
  feature: 'origin.mean',
  labelId,
  atUs: AT_US,
  trained: 3,
  known: 1,
  ...changes,
});

describe('leak/declared-time', () => {
  it('passes where the label is known only later, and where nothing reads what it is made of', () => {
    expect(declared({})).toMatchObject({ verdict: 'pass', value: 0, sampleSize: 1000 });
    expect(declared({ pastReaders: [], knownEarly: 1000 }).verdict).toBe('pass');
  });

  it('fails where the label is declared known at its own time, and names feature, share and rows', () => {
    const examples = [0, 30].map((minutes, at) => ({
      labelId: `${at}`,
      atUs: AT_US,
      knownAtUs: AT_US - minutes * 60_000_000,
    }));
    const found = declared({ knownEarly: 1000, examples });
    expect(found).toMatchObject({ verdict: 'fail', value: 1000, feature: 'origin.mean' });
    expect(found.sentence).toMatch(/^origin\.mean and 1 more read delay, .* in 100 % of 1,000 training rows/);
    expect(found.examples).toEqual([
      'label 0, to be predicted at 2001-01-08T12:00:00Z: declared known at that very time',
      'label 1, to be predicted at 2001-01-08T12:00:00Z: declared known 30 minutes before',
    ]);
  });

  it('fails for a single label, and does not round it to none', () => {
    expect(declared({ rows: 100_000, knownEarly: 1 })).toMatchObject({ verdict: 'fail' });
    expect(declared({ rows: 100_000, knownEarly: 1 }).sentence).toContain('less than 0.1 % of');
    expect(declared({ rows: 100_000, knownEarly: 99_999 }).sentence).toContain('more than 99.9 % of');
  });

  it('fails where a feature reads the label of the very row, whenever that is known', () => {
    for (const knownEarly of [0, 1000]) {
      expect(declared({ requestReaders: ['request.delay'], knownEarly })).toMatchObject({
        verdict: 'fail',
        feature: 'request.delay',
      });
    }
  });

  it('has no data without rows', () => {
    expect(declared({ rows: 0 }).verdict).toBe('no-data');
  });
});

describe('leak/replay', () => {
  it('passes where every value is what was known then, and where no feature reads the past', () => {
    expect(replay({}).verdict).toBe('pass');
    expect(replay({ pastFeatures: 0, rows: 0, checked: 0 }).verdict).toBe('pass');
  });

  it('fails and names the worst feature, its rows, and what was trained on', () => {
    const found = replay({
      earlierEvents: 9,
      laterEvents: 9,
      differences: [
        difference('7', { feature: 'origin.max' }),
        difference('1'),
        difference('2', { known: null }),
        difference('3', { trained: 30 }),
      ],
    });
    expect(found).toMatchObject({ verdict: 'fail', feature: 'origin.mean', value: 4, sampleSize: 40 });
    expect(found.sentence).toContain('origin.mean differs in 3 of the rows, and 4 rows differ in all');
    expect(found.examples).toEqual([
      'label 2 at 2001-01-08T12:00:00Z: trained on 3, known then nothing',
      'label 3 at 2001-01-08T12:00:00Z: trained on 30, known then 1',
      'label 1 at 2001-01-08T12:00:00Z: trained on 3, known then 1',
    ]);
  });

  it('fails on a difference that no declaration explains', () => {
    expect(replay({ differences: [difference('1')] }).verdict).toBe('fail');
  });

  it('warns where the branch declares all events as late or later: it trained on less, not on more', () => {
    expect(replay({ laterEvents: 5, differences: [difference('1')] }).verdict).toBe('warn');
    expect(replay({ laterEvents: 5, earlierEvents: 1, differences: [difference('1')] }).verdict).toBe('fail');
  });

  it('warns where events are declared earlier and no sampled row shows it', () => {
    expect(replay({ earlierEvents: 1 }).verdict).toBe('warn');
  });

  it('cannot judge a source that the main branch does not have, and still refuses what differs in another', () => {
    expect(replay({ newSources: ['weather'] }).verdict).toBe('bootstrap');
    expect(replay({ newSources: ['weather'], differences: [difference('1')] }).verdict).toBe('fail');
  });

  it('lets only a first version bring a new source along, and tells what to do', () => {
    expect(replay({ newSources: ['weather'] }).sentence).toContain('it was not looked at');
    const later = replay({ newSources: ['weather'] }, true);
    expect(later.verdict).toBe('inconclusive');
    expect(later.sentence).toContain('Merge weather into the main branch first');
    expect(replay({ newSources: ['weather'], differences: [difference('1')] }, true).verdict).toBe('fail');
  });

  it('does not let a warning of one source pass for a look at another that is new', () => {
    const warned = { laterEvents: 5, differences: [difference('1')] };
    expect(replay({ ...warned, newSources: ['weather'] }, true).verdict).toBe('inconclusive');
    expect(replay({ earlierEvents: 1, newSources: ['weather'] }, true).verdict).toBe('inconclusive');
  });

  it('has no data where nothing was recomputed', () => {
    expect(replay({ rows: 0, checked: 0 }).verdict).toBe('no-data');
  });
});

describe('leak/overlap', () => {
  const overlap = (changes: Partial<typeof OVERLAP>) => verdicts({ overlap: { ...OVERLAP, ...changes } })[2]!;

  it('fails for one shared label, and has no data where there are no rows', () => {
    expect(overlap({})).toMatchObject({ verdict: 'pass', value: 0 });
    expect(overlap({ shared: 1 })).toMatchObject({ verdict: 'fail', value: 1 });
    expect(overlap({ evaluationRows: 0 }).verdict).toBe('no-data');
  });
});
