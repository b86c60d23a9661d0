import {
  digestOfGates,
  type Environment,
  type Policy,
  parseWorkspace,
  type Release,
  type RolloutManifest,
} from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  digestOf,
  NO_BACKGROUND,
  POLICY,
  recordOf,
  STRICTER_POLICY,
  toYaml,
  worldDocuments,
} from '../../../tests/support/release-world.js';
import { isWithin } from './change-window.js';
import { type Background, type Wanted, waitsFor } from './index.js';

const SEED = Number(process.env.SIGNALBOX_TEST_SEED ?? 1);
console.info(`waits: seed ${SEED} (set SIGNALBOX_TEST_SEED for another)`);
const HOLD = { model: 'late', reason: 'it is wrong', since: '2001-04-01', by: 'Ada' };
const NOON_MS = Date.parse('2001-04-02T12:00:00Z');
const ANEW = 'propose a new version, with another training.seed or newer data';

interface World {
  readonly documents?: Readonly<Record<string, unknown>>;
  readonly release?: Partial<Release>;
  readonly environment?: Partial<Environment>;
  readonly published?: ReadonlyMap<string, RolloutManifest>;
  readonly background?: Partial<Background>;
  readonly wallNowMs?: number;
}

/** Version 2 of `late` is asked for, where version 1 is live, unless told otherwise. */
function wanted(world: World = {}): Wanted {
  const { background = {}, documents = {}, environment = {}, release = {}, wallNowMs = NOON_MS } = world;
  const asked = { 'releases/prod/late.yaml': { version: 2, strategy: 'canary' } };
  const files = toYaml({ ...worldDocuments(), ...asked, ...documents });
  const head = { commit: 'c'.repeat(40), ...parseWorkspace(new Map(Object.entries(files))) };
  const documented = head.workspace.environments.get('prod')!;
  // Over what was checked: what a check of documents refuses is to be held back here all the same.
  const settings = { ...documented, environment: { ...documented.environment, ...environment } };
  const wants = { ...documented.releases.get('late')!, ...release };
  return {
    head,
    environment: 'prod',
    settings,
    model: 'late',
    release: wants,
    record: head.workspace.versions.get('late')!.get(wants.version)!,
    published: world.published ?? new Map([['late', live(1)]]),
    background: { ...NO_BACKGROUND, ...background },
    wallNowMs,
  };
}

function live(champion: number, change: Partial<RolloutManifest> = {}): RolloutManifest {
  const named = [1, 2, 3].map((version) => ({
    version,
    digest: digestOf(version),
    sizeBytes: 1,
    features: digestOf(0),
  }));
  const beside = { arms: [], segments: [], rollout: { rejected: [] } };
  const state = { champion, previousChampion: null, candidate: null, packages: named, ...beside };
  return { ...state, ...change } as unknown as RolloutManifest;
}

const waits = (world?: World): readonly string[] => waitsFor(wanted(world));

describe('a version that is asked for', () => {
  it('waits for nothing when everything is as it was gated', () => {
    expect(waits()).toEqual([]);
  });

  it('waits where its gates were never asked, or said no, and so do arms and pinned versions', () => {
    const never = { 'models/late/versions/2.yaml': recordOf(2, { verdicts: [] }) };
    expect(waits({ documents: never })).toEqual(['its record carries no verdict of any gate']);
    const refused = [{ id: 'quality/auc', verdict: 'fail', sentence: 'It is worse.' }] as const;
    const third = { 'models/late/versions/3.yaml': recordOf(3, { verdicts: [...refused] }) };
    expect(waits({ documents: third, release: { arms: [3] } })[0]).toContain('version 3');
    expect(waits({ documents: third })).toEqual([]);
    const fallback = { fallback: { version: 3 } };
    const new3 = waits({ documents: third, release: fallback });
    expect(new3).toEqual(['version 3, which the release names too: gate quality/auc said fail: It is worse.']);
    expect(waits({ documents: third, release: fallback, published: new Map() })).toEqual(new3);
    // What people know stays what they may fall back to.
    expect(waits({ documents: third, release: fallback, background: { besideRanBefore: new Set([3]) } })).toEqual([]);
    for (const stands of [{ fallback: 3 }, { previousChampion: 3 }]) {
      const published = new Map([['late', live(1, stands)]]);
      expect(waits({ documents: third, release: fallback, published })).toEqual([]);
    }
  });

  it('waits where its verdict was made against another champion than the one that is live', () => {
    const [said] = waits({ release: { version: 3 } });
    expect(said).toBe(`its gates compared it with version 2, but version 1 is live in prod: ${ANEW}`);
    const alone = {
      'models/late/versions/2.yaml': recordOf(2, { boundTo: { ...recordOf(2).boundTo, champion: null } }),
    };
    expect(waits({ documents: alone })[0]).toContain('compared it with no champion');
  });

  const policyOf = (policy: Policy) => ({ 'releases/policies/default.yaml': policy });

  it('waits where the policy makes other gates block than when it was gated, or its risk tier does', () => {
    const other = policyOf(STRICTER_POLICY);
    const lapsed = [`the policy makes other gates block than when it was gated: ${ANEW}`];
    expect(waits({ documents: other })).toEqual(lapsed);
    const { low, high } = STRICTER_POLICY.tiers;
    const swapped = policyOf({ ...POLICY, tiers: { low: high, high: low } });
    const risky = {
      'models/late/model.yaml': { ...(worldDocuments()['models/late/model.yaml'] as object), riskTier: 'high' },
    };
    expect(waits({ documents: { ...swapped, ...risky } })).toEqual(lapsed);
    expect(waits({ documents: { ...other, ...risky } })).toEqual([]);
  });

  it('does not wait for what no gate reads of a policy: words, people, strategies, other tiers, the order of gates', () => {
    const { low, high } = POLICY.tiers;
    const [one, two] = [
      ['quality/*', 'leak/*'],
      ['leak/*', 'quality/*', 'leak/*'],
    ];
    const gatedBy = (blockingGates: string[]) => ({ ...POLICY, tiers: { high, low: { ...low, blockingGates } } });
    const others = {
      low: { ...low, approvals: 3, rollbackApprovals: 1, strategies: ['direct', 'canary'], autoPromote: ['prod'] },
      high: { ...high, blockingGates: ['leak/*'] },
    };
    expect(waits({ documents: policyOf({ description: 'Other words.', tiers: others }) })).toEqual([]);
    const boundTo = { ...recordOf(2).boundTo, policy: digestOfGates(one) };
    const gated = { 'models/late/versions/2.yaml': recordOf(2, { boundTo }) };
    expect(waits({ documents: { ...policyOf(gatedBy(two)), ...gated } })).toEqual([]);
  });

  it('needs no new verdict where it ran before, is under way, is the first, or a person promotes it again', () => {
    const release = { version: 3 };
    expect(waits({ release, background: { wasLive: true } })).toEqual([]);
    expect(waits({ release, background: { repromoted: new Set([digestOf(3)]) } })).toEqual([]);
    expect(waits({ release, published: new Map() })).toEqual([]);
    for (const stands of [{ candidate: 3 }, { previousChampion: 3 }, { champion: 3 }]) {
      expect(waits({ release, published: new Map([['late', live(1, stands)]]) })).toEqual([]);
    }
  });

  describe('names an arm or a version for a segment', () => {
    const [arm, pin] = [{ arms: [3] }, { segments: { night: { version: 3 } } }];
    const lapsed = `version 3, which the release names too: its gates compared it with version 2, but version 1 is live in prod: ${ANEW}`;
    const holds = { [`releases/prod/holds/${digestOf(3).slice(7)}.yaml`]: HOLD };
    const states = (change: Partial<RolloutManifest>) => ({ published: new Map([['late', live(1, change)]]) });
    const rejected = [{ digest: digestOf(3), serial: 1, commit: 'c'.repeat(40), reason: 'it failed' }];

    it.each([arm, pin])('and waits where the verdict about that one has lapsed: %j', (release) => {
      expect(waits({ release })).toEqual([lapsed]);
      expect(waits({ release: { ...release, version: 3 } })).toHaveLength(1);
      const other = policyOf(STRICTER_POLICY);
      expect(waits({ release, documents: other, background: { wasLive: true } })).toEqual([
        lapsed,
        `version 3, which the release names too: the policy makes other gates block than when it was gated: ${ANEW}`,
      ]);
    });

    it.each([arm, pin])(
      'but not where that one was live here before, answers already, is out, or is the first: %j',
      (release) => {
        expect(waits({ release, background: { besideRanBefore: new Set([3]) } })).toEqual([]);
        for (const stands of [
          { arms: [{ version: 3, buckets: 10 }] },
          { segments: [{ name: 'night', version: 3, where: 'true' }] },
          { previousChampion: 3 },
          { rollout: { rejected } },
        ]) {
          expect(waits({ release, ...states(stands as unknown as Partial<RolloutManifest>) })).toEqual([]);
        }
        expect(waits({ release, documents: holds })).toEqual([]);
        expect(waits({ release, published: new Map() })).toEqual([]);
      },
    );

    it('and no arm is asked for once the version is live', () => {
      expect(waits({ release: { ...arm, version: 1 } })).toEqual([]);
      expect(waits({ release: { ...pin, version: 1 } })).toEqual([lapsed]);
    });
  });

  it('waits where two versions name one package, or its number named another one before', () => {
    const twin = { 'models/late/versions/3.yaml': recordOf(3, { package: { digest: digestOf(2), sizeBytes: 1000 } }) };
    expect(waits({ documents: twin })[0]).toContain('versions 3 and 2 name one package');
    const sentence = `models/late/versions/2.yaml named ${digestOf(9)} first and names ${digestOf(2)} now: a number is never used twice, so restore the record, or propose a new version`;
    expect(waits({ background: { reusedFrom: new Map([[2, digestOf(9)]]) } })).toEqual([sentence]);
    const unknownBefore = 'nobody can tell';
    const unsure = waits({ background: { reusedFrom: new Map([[2, digestOf(9)]]), unknownBefore } });
    expect(unsure).toEqual([`${sentence} (${unknownBefore})`]);
  });

  describe('with another version beside it', () => {
    const named: readonly [string, Partial<Release>, Partial<RolloutManifest>][] = [
      ['an arm', { arms: [3] }, { arms: [{ version: 3, buckets: 10 }] }],
      ['pinned', { segments: { night: { version: 3 } } }, { segments: [{ name: 'night', version: 3, where: 'true' }] }],
      ['the fallback', { fallback: { version: 3 } }, { fallback: 3 }],
    ];

    it.each(named)('asks nothing where that one runs here by its number: it is %s', (_what, release, runs) => {
      const world = { release, environment: { promotesFrom: { environment: 'staging', soak: '1h' } } };
      const said = (more: World) => waits({ ...world, ...more }).filter((one) => one.includes('version 3'));
      expect(said({})).not.toEqual([]);
      expect(said({ published: new Map([['late', live(1, runs)]]) })).toEqual([]);
    });

    it.each(named)('waits where that one and a third name one package: it is %s', (_what, release) => {
      const twin = {
        'models/late/versions/3.yaml': recordOf(3, { package: { digest: digestOf(1), sizeBytes: 1000 } }),
      };
      const said = waits({ documents: twin, release, background: { besideRanBefore: new Set([3]) } });
      expect(said).toEqual([expect.stringContaining('versions 1 and 3 name one package')]);
    });
  });

  it('waits for models that it requires, by the version that is live', () => {
    const release = { requires: { embedding: 3 } };
    const beside = (version: number) =>
      new Map([
        ['late', live(1)],
        ['embedding', live(version)],
      ]);
    expect(waits({ release })).toEqual(['needs version 3 of embedding to be live in prod first (no version of it is)']);
    expect(waits({ release, published: beside(2) })[0]).toContain('(version 2 is)');
    expect(waits({ release, published: beside(3) })).toEqual([]);
  });

  it('waits where a package that pods would have to load is not in the artifact store', () => {
    const missing = (version: number) => ({ background: { missingPackages: new Map([[version, digestOf(version)]]) } });
    expect(waits(missing(2))).toEqual([
      expect.stringMatching(/^its package is not in the artifact store of prod \(sha256:/),
    ]);
    expect(waits(missing(3))[0]).toContain('version 3, which the release names too: its package is not');
  });

  it('waits for its soak elsewhere, and for what cannot be read of it', () => {
    const environment = { promotesFrom: { environment: 'staging', soak: '1h' } };
    const said = (soak: Background['soak']) => waits({ environment, background: { soak } });
    expect(said({ liveForUs: null })[0]).toContain('it is not live there');
    const soaked = { liveForUs: 3_600_000_000, sinceUs: NOON_MS * 1000, applied: true, answered: true };
    const early = said({ ...soaked, liveForUs: 3_599_999_999 });
    expect(early[0]).toContain('that is not over before 2001-04-02T13:00:00.000Z');
    expect(said({ ...soaked, liveForUs: 1 })).toEqual(early);
    expect(said({ ...soaked, applied: false })[0]).toContain('no pod that runs there has applied it');
    expect(said({ ...soaked, answered: false })[0]).toContain('it has answered no request there');
    expect(said(soaked)).toEqual([]);
    expect(said({ problem: 'it has no root yet' })).toEqual(['what staging runs cannot be read: it has no root yet']);
    expect(waits({ environment, background: { wasLive: true } })).toEqual([]);
    expect(waits({ environment, published: new Map([['late', live(1, { candidate: 2 })]]) })).toEqual([]);
  });

  it('waits for the soak of each version that would be new beside it', () => {
    const environment = { promotesFrom: { environment: 'staging', soak: '1h' } };
    const soaked = { liveForUs: 3_600_000_000, sinceUs: NOON_MS * 1000, applied: true, answered: true };
    const said = (release: Partial<Release>, background: Partial<Background> = {}) =>
      waits({ environment, release, background: { soak: soaked, ...background } }).filter((one) => /staging/.test(one));
    for (const release of [{ arms: [3] }, { segments: { big: { version: 3 } } }, { fallback: { version: 3 } }]) {
      expect(said(release)).toEqual([
        'whether version 3, which the release names too, was live in staging was not looked up',
      ]);
      const besideSoaks = new Map([[3, { ...soaked, liveForUs: 1 }]]);
      expect(said(release, { besideSoaks })[0]).toContain(
        'version 3, which the release names too, must be live in staging',
      );
      expect(said(release, { besideSoaks: new Map([[3, soaked]]) })).toEqual([]);
      expect(said(release, { besideRanBefore: new Set([3]) })).toEqual([]);
    }
    expect(waits({ environment, release: { segments: { big: { version: 3 } } }, published: new Map() })).toHaveLength(
      2,
    );
  });
});

describe('a freeze', () => {
  const freeze = { reason: 'holidays', from: '2001-04-02T12:00Z', to: '2001-04-03', by: 'Ada' };
  const frozen = (wallNowMs: number, change = {}) =>
    waits({ documents: { 'releases/prod/freezes/spring.yaml': { ...freeze, ...change } }, wallNowMs });

  it('is in force from its start, which counts, to its end, which does not', () => {
    expect(frozen(NOON_MS - 1)).toEqual([]);
    expect(frozen(NOON_MS)).toEqual(['frozen until 2001-04-03 by Ada (spring): holidays']);
    expect(frozen(Date.parse('2001-04-03') - 1)).toHaveLength(1);
    expect(frozen(Date.parse('2001-04-03'))).toEqual([]);
  });

  it('of other models stops nothing here', () => {
    expect(frozen(NOON_MS, { models: ['late'] })).toHaveLength(1);
    const model = worldDocuments()['models/late/model.yaml'];
    const documents = {
      'models/other/model.yaml': model,
      'releases/prod/freezes/spring.yaml': { ...freeze, models: ['other'] },
    };
    expect(waits({ documents })).toEqual([]);
  });

  it('without an end, or otherwise not to be read, is in force until it is corrected', () => {
    const { to: _, ...endless } = freeze;
    const said = waits({ documents: { 'releases/prod/freezes/spring.yaml': endless }, wallNowMs: NOON_MS - 1 });
    expect(said[0]).toContain('a freeze cannot be read, so it is in force: releases/prod/freezes/spring.yaml');
    expect(waits({ documents: { 'releases/staging/freezes/spring.yaml': endless } })).toEqual([]);
  });
});

describe('a change window', () => {
  const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
  const window = (from: string, to: string, timezone = 'Europe/Vienna') => ({ days: [...DAYS], from, to, timezone });

  it('stops what is outside of all of them, and says when they are', () => {
    const workday = { days: ['mon' as const, 'tue' as const], from: '09:00', to: '16:00', timezone: 'Europe/Vienna' };
    const environment = { changeWindows: [workday] };
    expect(waits({ environment })).toEqual([]);
    const said = waits({ environment, wallNowMs: Date.parse('2001-04-02T14:00:00Z') });
    expect(said).toEqual(['outside the change windows of prod (mon tue 09:00–16:00 Europe/Vienna)']);
    expect(waits({ environment, wallNowMs: Date.parse('2001-04-04T12:00:00Z') })).toHaveLength(1);
  });

  it('in a zone that nobody knows stops everything, and says so', () => {
    const environment = { changeWindows: [{ ...window('00:00', '23:59'), timezone: 'Europe/Atlantis' }] };
    expect(waits({ environment })).toContain('there is no time zone "Europe/Atlantis"');
  });

  it('in an hour that daylight saving leaves out never comes', () => {
    const skipped = window('02:00', '03:00');
    const day = Date.parse('2026-03-28T23:00:00Z');
    for (let minute = 0; minute < 23 * 60; minute += 1) expect(isWithin(skipped, day + minute * 60_000)).toBe(false);
  });

  it('in an hour that daylight saving shows twice lasts two hours', () => {
    const day = Date.parse('2026-10-24T22:00:00Z');
    const minutes = Array.from({ length: 25 * 60 }, (_, minute) => day + minute * 60_000);
    expect(minutes.filter((ms) => isWithin(window('02:00', '03:00'), ms))).toHaveLength(120);
  });

  it('is what a calendar of UTC says, shifted by the offset of the zone', () => {
    const property = fc.property(
      fc.record({
        ms: fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2030-01-01') }),
        fromMinute: fc.integer({ min: 0, max: 1439 }),
        toMinute: fc.integer({ min: 0, max: 1439 }),
        timezone: fc.constantFrom('UTC', 'Europe/Vienna', 'America/New_York', 'Asia/Kolkata', 'Pacific/Chatham'),
        days: fc.subarray([...DAYS], { minLength: 1 }),
      }),
      ({ days, fromMinute, ms, timezone, toMinute }) => {
        const time = (minute: number) =>
          `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
        const local = new Date(ms + offsetMs(timezone, ms));
        const minute = local.getUTCHours() * 60 + local.getUTCMinutes();
        const day = (['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const)[local.getUTCDay()]!;
        const expected = days.includes(day) && fromMinute <= minute && minute < toMinute;
        expect(isWithin({ days, from: time(fromMinute), to: time(toMinute), timezone }, ms)).toBe(expected);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });
});

/** By another way than the one under test: the zone's own name of its offset. */
function offsetMs(timeZone: string, ms: number): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(ms);
  const name = parts.find(({ type }) => type === 'timeZoneName')!.value;
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name)!;
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
