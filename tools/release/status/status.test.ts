import { type Finding, parseWorkspace, type RolloutManifest } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { digestOf, NO_BACKGROUND, podAt, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import type { PodReport } from '../../evidence/index.js';
import { describeStatus } from './describe-status.js';
import { type StatusInput, statusOf } from './status.js';

const NOON_MS = Date.parse('2001-04-02T12:00:00Z');
const COMMIT = '1'.repeat(40);

/** Version 1 is live and version 2 has a tenth of the units, at serial 4. */
const CANARY: RolloutManifest = {
  schema: 'signalbox/rollout-manifest/2',
  ...{ environment: 'prod', model: 'late', serial: 4, previous: digestOf(9), commit: COMMIT, clock: 'wall' },
  packages: [1, 2, 3].map((version) => ({
    version,
    digest: digestOf(version),
    sizeBytes: 1000,
    features: digestOf(0),
  })),
  ...{ champion: 1, previousChampion: null, candidate: 2, candidateBuckets: 1000, arms: [], segments: [] },
  ...{ salt: 'late/2', shadow: null, fallback: null, rule: '0.2' },
  limits: { timeoutMs: 500, priority: 'normal', costClass: null },
  rollout: { phase: 'canary', step: 0, enteredAt: NOON_MS * 1000, desired: digestOf(2), emergency: null, rejected: [] },
};

interface World {
  readonly manifest?: Partial<RolloutManifest>;
  readonly documents?: Readonly<Record<string, unknown>>;
  readonly release?: Readonly<Record<string, unknown>>;
  readonly change?: Partial<StatusInput>;
}

function inputOf({ change = {}, documents = {}, manifest = {}, release = {} }: World): StatusInput {
  const asked = { 'releases/prod/late.yaml': { version: 2, strategy: 'canary', ...release } };
  const files = toYaml({ ...worldDocuments(), ...asked, ...documents });
  const head = { commit: COMMIT, ...parseWorkspace(new Map(Object.entries(files))) };
  return {
    environment: 'prod',
    settings: head.workspace.environments.get('prod')!.environment,
    head,
    published: new Map([['late', { ...CANARY, ...manifest }]]),
    backgrounds: new Map(['embedding', 'late'].map((model) => [model, NO_BACKGROUND])),
    ...{
      problems: new Map(),
      withdrawals: new Map(),
      readings: new Map(),
      reports: [],
      unsynced: null,
      signing: [],
      refused: null,
    },
    ...{ eventNowUs: NOON_MS * 1000, wallNowMs: NOON_MS },
    ...change,
  };
}

const textOf = (world: World = {}): string => describeStatus(statusOf(inputOf(world)));

describe('the status of an environment', () => {
  it('says which freezes are in force, whom they stop and how they end', () => {
    const freeze = { reason: 'holidays', from: '2001-04-02', to: '2001-04-03', by: 'Ada', models: ['late'] };
    const text = textOf({ documents: { 'releases/prod/freezes/spring.yaml': freeze } });
    expect(text).toContain('freeze spring of late until 2001-04-03 by Ada: holidays; going back stays possible');
    expect(text).toContain('signalbox freeze --env prod --lift spring');
    expect(text).toContain('version 2 waits: frozen until 2001-04-03 by Ada (spring): holidays');
  });

  it('says that it is outside the change windows, and when they are', () => {
    const environment = worldDocuments()['releases/prod/environment.yaml'] as object;
    const changeWindows = [{ days: ['mon'], from: '09:00', to: '10:00', timezone: 'UTC' }];
    const text = textOf({ documents: { 'releases/prod/environment.yaml': { ...environment, changeWindows } } });
    expect(text.split('\n')[1]).toBe('  outside the change windows of prod (mon 09:00–10:00 UTC)');
  });

  it('says when the forge could not be asked', () => {
    const text = textOf({ change: { unsynced: 'the forge cannot be asked: no route to host' } });
    expect(text).toContain('no route to host: this is what it said last');
  });

  it('says what is wrong with the document of the environment, which stands as it was', () => {
    const input = inputOf({});
    const place = { file: 'releases/prod/environment.yaml' };
    const deleted = { code: 'layout/incomplete', severity: 'error', message: 'it was deleted', place } as const;
    const text = describeStatus(statusOf({ ...input, head: { ...input.head, findings: [deleted] } }));
    expect(text).toContain('releases/prod/environment.yaml: it was deleted: nothing starts or moves on by it');
  });

  it('says which documents are in error although nothing waits for them, and none twice', () => {
    const error = (file: string, message = 'unknown key') =>
      ({ code: 'schema/unknown-key', severity: 'error', message, place: { file, line: 3 } }) as const;
    const said = (...findings: Finding[]) => {
      const input = inputOf({});
      return describeStatus(statusOf({ ...input, head: { ...input.head, findings } }));
    };
    expect(said(error('models/sea/model.yaml'))).toContain(
      'documents on the main branch have an error: models/sea/model.yaml:3: unknown key (signalbox validate lists all)',
    );
    expect(said(error('models/sea/model.yaml'), error('models/sea/model.yaml', 'no features'))).toContain(
      'have 2 errors, the first: models/sea/model.yaml:3: unknown key',
    );
    for (const told of ['prod/environment', 'prod/late', 'strategies/canary', 'prod/freezes/spring']) {
      const text = said(error(`releases/${told}.yaml`), error(`releases/${told}.yaml`, 'another one'));
      expect(text).toContain(`releases/${told}.yaml:3: unknown key`);
      expect(text).not.toContain('documents on the main branch');
    }
    expect(said({ ...error('models/sea/model.yaml'), severity: 'warning' })).not.toContain('sea');
  });

  it('says what cannot be told of one model, and the others all the same', () => {
    const problems = new Map([['late', ['what is asked for cannot be told: decisions/x is too large']]]);
    const other = { ...CANARY, model: 'embedding', candidate: null };
    const published = new Map([
      ['embedding', other],
      ['late', CANARY],
    ]);
    const backgrounds = new Map([['embedding', NO_BACKGROUND]]);
    const text = textOf({ change: { problems, published, backgrounds } });
    expect(text).toContain('what is asked for cannot be told: decisions/x is too large');
    expect(text).toContain('releases/prod/embedding.yaml is not there');
    expect(text).toMatch(/late[\s\S]*version 2 answers 10 %/);
  });

  it('says which pod asks a version no more, and why', () => {
    const { status } = podAt('pod-1', 4);
    const breaker = { version: 2, serial: 4, sinceMs: NOON_MS, reason: 'it failed 20 times in a row' };
    const late = { ...status.models.late!, breaker };
    const report: PodReport = {
      ...{ pod: 'pod-1', fresh: true, problem: null, models: new Map() },
      status: { ...status, models: { late } },
    };
    expect(textOf({ change: { reports: [report] } })).toContain('asks version 2 no more: it failed 20 times in a row');
    const older = {
      ...report,
      status: { ...report.status!, models: { late: { ...late, breaker: { ...breaker, serial: 3 } } } },
    };
    expect(textOf({ change: { reports: [older] } })).not.toContain('asks version 2 no more');
  });

  it('says what a pod serves without, and why, beside what else it does', () => {
    const { status } = podAt('pod-1', 4);
    const unusable = [{ version: 3, broken: false, reason: 'the online store does not hold the feature views x yet' }];
    const breaker = { version: 2, serial: 4, sinceMs: NOON_MS, reason: 'it failed 20 times in a row' };
    const said = (late: object) => {
      const models = { late: { ...status.models.late!, ...late } };
      const about = { pod: 'pod-1', fresh: true, problem: null, models: new Map() };
      return textOf({ change: { reports: [{ ...about, status: { ...status, models } }] } });
    };
    const without = 'serves without version 3: the online store does not hold the feature views x yet';
    expect(said({ unusable })).toContain(`(${without})`);
    expect(said({ unusable, breaker })).toContain(`asks version 2 no more: it failed 20 times in a row; ${without}`);
    const rejected = { serial: 4, reason: 'version 2: no views', versions: [{ version: 2, broken: false }] };
    expect(said({ appliedSerial: 3, servedSerial: 4, rejected, unusable })).toMatch(
      new RegExp(`serial 4 .*\\(refuses serial 4: version 2: no views; serves it but for what it tries; ${without}\\)`),
    );
    expect(said({ appliedSerial: 3, servedSerial: 3, rejected })).toContain('no views; serves on by serial 3)');
    expect(said({ appliedSerial: null, servedSerial: null, rejected })).toContain('version 2: no views)');
  });

  it('says what runs although a model that it requires was taken back', () => {
    const all = worldDocuments();
    const documents = {
      'models/embedding/model.yaml': all['models/late/model.yaml'],
      'models/embedding/versions/3.yaml': all['models/late/versions/3.yaml'],
      'releases/prod/embedding.yaml': { version: 3, strategy: 'canary' },
    };
    const requires = { embedding: 3 };
    const text = textOf({ documents, release: { requires } });
    expect(text).toContain('version 2 runs here and requires version 3 of embedding (no version of it is)');
    expect(textOf({ documents, release: { version: 3, requires } })).not.toContain('runs here and requires');
  });

  it('says who gets what: arms, segments, a switch, and what was signed by hand', () => {
    const arms = [{ version: 3, buckets: 1000 }];
    const segments = [{ name: 'night', where: 'hour > 22', version: 3 }];
    expect(textOf({ manifest: { arms, segments } })).toContain(
      'version 2 answers 10 % of the units, version 3 answers 10 % of the units, version 1 answers the rest, segment night is answered by version 3',
    );
    const shadow = { version: 1, buckets: 2500 };
    const switched = { candidateBuckets: 10_000, shadow, rollout: { ...CANARY.rollout, phase: 'blue-green' as const } };
    expect(textOf({ manifest: switched })).toContain(
      'blue-green: version 2 answers 100 % of the units, version 1 is kept ready to take over, version 1 gets copies of 25 %',
    );
    const emergency = { by: 'Ada', reason: 'the forge is down', atMs: NOON_MS };
    const byHand = {
      candidate: null,
      candidateBuckets: 0,
      rollout: { ...CANARY.rollout, phase: 'live' as const, emergency },
    };
    expect(textOf({ manifest: byHand })).toContain('serial 4, live (signed by hand): version 1 answers all units');
  });
});
