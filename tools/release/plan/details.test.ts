import { parseWorkspace, type Workspace } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { digestOf, POLICY, recordOf, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { costSentences, estimateCost, withinClass } from './cost.js';
import { planMarkdown } from './markdown.js';
import { describePlan, planChange } from './plan.js';

const DOCUMENTS = worldDocuments() as Record<string, Record<string, unknown>>;
const SETTINGS = DOCUMENTS['releases/prod/environment.yaml']!;
const MODEL = DOCUMENTS['models/late/model.yaml']!;
const cost = (servingCpuMs: number) => ({ cpuSeconds: 12.34, peakBytes: 1, storedBytes: 3_000_000, servingCpuMs });

function workspace(change: Readonly<Record<string, unknown>> = {}): Workspace {
  const documents = Object.fromEntries(
    Object.entries({ ...DOCUMENTS, ...change }).filter(([, value]) => value !== null),
  );
  const parsed = parseWorkspace(new Map(Object.entries(toYaml(documents))));
  expect(parsed.findings.filter((finding) => finding.severity === 'error')).toEqual([]);
  return parsed.workspace;
}

const release = (version: number, more: object = {}) => ({
  'releases/prod/late.yaml': { version, strategy: 'canary', ...more },
});
const strategy = (parts: object) => ({ 'releases/strategies/canary.yaml': { description: 'By parts.', ...parts } });
const metric = {
  'releases/metrics/loss.yaml': { kind: 'outcome', description: 'Loss.', better: 'lower', value: 'log_loss' },
};
const said = (before: Workspace, after: Workspace) => describePlan(planChange(before, after));
const replacing = (parts: object, more: object = {}, others: object = metric) =>
  said(
    workspace({ ...others, ...strategy(parts), ...release(1) }),
    workspace({ ...others, ...strategy(parts), ...release(2, more) }),
  );

describe('a plan by strategy', () => {
  it('says how an experiment ends, whoever wins', () => {
    const experiment = {
      share: 0.3,
      metric: 'loss',
      minEffect: 0.01,
      minDuration: '7d',
      maxDuration: '28d',
      minSample: 1000,
    };
    const text = replacing({ experiment, stageDeadline: '30d' }, { arms: [3] });
    expect(text).toContain(
      'an experiment with 30 % of the units for each of 2 arms (at least 7d and 1000 requests for each)',
    );
    expect(text).toContain(
      'shows an arm to be better than version 1 by more than 0.01: if that is version 2, it goes on.',
    );
    expect(text).toContain('If version 3 wins, version 2 is rejected and the winner is proposed.');
    expect(text).toContain('Without a winner after 28d, version 1 stays');
    expect(text).toContain('If units were not split as planned, nothing is concluded');
  });

  it('says that a blue-green switch is of all units, and what answers when it fails', () => {
    const text = replacing({
      blueGreen: { mirror: 0.25, minDuration: '2h', minSample: 50 },
      confirm: ['blue-green', 'live'],
    });
    expect(text).toContain('all units at once, with copies of 25 % of the traffic to the version before');
    expect(text).not.toContain('then all.');
    expect(text).toContain('version 1 answers at once');
    expect(text).toContain('A step that shows neither within 7d ends it');
    expect(text).toContain('enter blue-green and live: `signalbox confirm late --env prod --stage blue-green`');
  });

  it('asks nobody for what is confirmed already', () => {
    const steps = strategy({
      blueGreen: { mirror: 0.25, minDuration: '2h', minSample: 50 },
      confirm: ['blue-green', 'live'],
    });
    const asking = (version: number, stages: readonly string[]) =>
      workspace({
        ...steps,
        ...release(version),
        [`releases/prod/confirmations/${digestOf(2).slice(7)}.yaml`]: {
          model: 'late',
          stages,
          by: 'Ada',
          since: '2026-11-01',
        },
      });
    const text = (...stages: string[]) => said(asking(1, stages), asking(2, stages));
    expect(text('blue-green', 'live')).toContain('It is confirmed for blue-green and live already.');
    expect(text('blue-green', 'live')).not.toContain('A person must');
    expect(text('blue-green')).toMatch(
      /for blue-green already[.]\n.*enter live: `signalbox confirm late --env prod --stage live`[.]/,
    );
    expect(said(asking(1, ['blue-green', 'live']), asking(1, ['live']))).toContain(
      'Version 2 is confirmed for blue-green no longer',
    );
  });

  it('says every margin and metric that a step must meet', () => {
    const analysis = {
      fallbackShareMargin: 0.02,
      segmentErrorRateMargin: 0.03,
      metrics: [{ metric: 'loss', margin: 0.1, max: 0.5 }],
    };
    const canary = { steps: [{ weight: 0.1, minDuration: '1h', minSample: 10 }] };
    const text = replacing({ canary, analysis });
    expect(text).toContain('in each critical segment less than 3 percentage points above');
    expect(text).toContain('its share of degraded answers less than 2 percentage points above');
    expect(text).toContain('loss worse by less than 0.1 and at most 0.5');
  });
});

describe('a plan of the files around a release', () => {
  const live = workspace(release(1));

  it('says what waits: requirements, segments, arms', () => {
    const model = {
      ...MODEL,
      serving: { ...(MODEL.serving as object), segments: [{ name: 'big', where: 'value > 5.0' }] },
    };
    const base = {
      'models/late/model.yaml': model,
      'models/other/model.yaml': MODEL,
      'models/other/versions/1.yaml': recordOf(1),
    };
    const documents = (more: object) =>
      workspace({ ...base, 'releases/prod/other.yaml': { version: 1, strategy: 'canary' }, ...release(1, more) });
    const [plain, full] = [documents({}), documents({ requires: { other: 1 }, segments: { big: { version: 2 } } })];
    expect(said(plain, full)).toContain('It starts only while other is live here with version 1 or newer.');
    expect(said(plain, full)).toContain('Requests of segment big are answered by version 2, whatever the rollout does');
    expect(said(full, plain)).toContain('It no longer waits for other.');
    expect(said(full, plain)).toContain('Requests of segment big follow the rollout again.');
  });

  it('says from when to when a freeze stops what, and what it does to a release', () => {
    const freeze = { reason: 'the \u001b[31mbusiest\u001b[0m days', from: '2026-11-20', to: '2026-12-01', by: 'Ada' };
    const frozen = { 'releases/prod/freezes/days.yaml': freeze };
    const text = said(live, workspace({ ...release(1), ...frozen }));
    expect(text).toContain('The freeze days: from 2026-11-20 to 2026-12-01 no rollout of prod starts or moves on');
    expect(text).toContain('the \\u{1b}[31mbusiest');
    expect(said(workspace({ ...release(1), ...frozen }), live)).toContain('The freeze days ends');
    expect(said(workspace({ ...release(1), ...frozen }), workspace({ ...release(2), ...frozen }))).toContain(
      'The freeze days stands: nothing starts or moves on from 2026-11-20 to 2026-12-01.',
    );
    const other = { ...frozen, 'releases/prod/freezes/days.yaml': { ...freeze, models: ['late'] } };
    expect(said(live, workspace({ ...release(1), ...other }))).toContain('no rollout of late in prod starts');
  });

  it('says which stage a confirmation opens, and for which version', () => {
    const confirmation = { model: 'late', stages: ['live'], by: 'Ada', since: '2026-11-01' };
    const after = workspace({
      ...release(1),
      [`releases/prod/confirmations/${digestOf(2).slice(7)}.yaml`]: confirmation,
    });
    expect(said(live, after)).toContain('Version 2 may enter live: Ada confirms it.');
  });

  it('says when an environment lets versions start', () => {
    const changeWindows = [{ days: ['mon', 'tue'], from: '09:00', to: '16:30', timezone: 'Europe/Vienna' }];
    const staging = { ...SETTINGS, stores: { artifacts: 'a', log: 'b', online: 'c' } };
    const base = { 'releases/staging/environment.yaml': staging };
    const limited = { ...SETTINGS, changeWindows, promotesFrom: { environment: 'staging', soak: '2d' } };
    const [before, after] = [workspace(base), workspace({ ...base, 'releases/prod/environment.yaml': limited })];
    expect(said(before, after)).toContain('only mon tue 09:00–16:30 Europe/Vienna; going back is always possible.');
    expect(said(before, after)).toContain('only after it was live in staging for 2d');
    expect(said(after, before)).toContain('Rollouts may start and move on at any time.');
    expect(said(after, before)).toContain('without having been live elsewhere');
  });

  it('says what the bot then does with a version that is recorded', () => {
    const policy = {
      ...POLICY,
      tiers: { ...POLICY.tiers, low: { ...POLICY.tiers.low, autoPromote: ['prod'], approvals: 1 } },
    };
    const after = { 'releases/policies/default.yaml': policy };
    const text = said(workspace({ ...after, 'models/late/versions/3.yaml': null }), workspace(after));
    expect(text).toContain(
      'The bot then proposes it to prod by strategy canary at its next pass, and merges that once one person agrees.',
    );
    expect(said(workspace({ 'models/late/versions/3.yaml': null }), workspace())).not.toContain('The bot');
  });
});

describe('what a version costs', () => {
  const costs = {
    'models/late/versions/1.yaml': recordOf(1, { cost: cost(0.4) }),
    'models/late/versions/2.yaml': recordOf(2, { cost: cost(0.5) }),
  };
  const classed = (maxCpuMsPerPrediction: number) => ({
    ...costs,
    'models/late/model.yaml': { ...MODEL, serving: { ...(MODEL.serving as object), costClass: 'cheap' } },
    'releases/prod/environment.yaml': { ...SETTINGS, costClasses: { cheap: { maxCpuMsPerPrediction } } },
  });
  const question = (documents: object, requestsPerHour: number | null = null) => ({
    workspace: workspace({ ...documents, ...strategy({ shadow: { share: 0.1, minDuration: '1h', minSample: 10 } }) }),
    environment: 'prod',
    model: 'late',
    release: { version: 2, strategy: 'canary' },
    before: 1,
    requestsPerHour,
  });

  it('is its training, its bytes, an answer against the version before, and all answers of an hour', () => {
    expect(costSentences(estimateCost(question(costs, 7200))!)).toEqual([
      'Training took 12.3 s of a processor; the package takes 2.86 MiB.',
      'One answer takes 0.5 ms of a processor, 25 % more than version 1 (0.4 ms): 0.5 s for 1,000 requests.',
      'At the 7,200 requests an hour of the last day that is 3.6 s of a processor an hour; copies add up to 10 % while it is compared.',
    ]);
    expect(costSentences(estimateCost(question(costs))!)[1]).toContain('1,000 requests. Copies add up to 10 %');
  });

  it('is held against the class of the environment, and what is not known is not kept', () => {
    const within = (documents: object) => withinClass(estimateCost(question(documents))!);
    expect([within(classed(0.5)), within(classed(0.49)), within(costs)]).toEqual([true, false, null]);
    expect(costSentences(estimateCost(question(classed(0.2)))!).at(-1)).toContain('it costs more than its class');
    const unmeasured = { ...classed(1), 'models/late/versions/2.yaml': recordOf(2) };
    expect(within(unmeasured)).toBeNull();
    expect(costSentences(estimateCost(question(unmeasured))!).at(-1)).toContain('is not known');
    expect(estimateCost({ ...question(costs), release: { version: 9, strategy: 'canary' } })).toBeNull();
  });

  it('is told of a version that is recorded, against what runs and for each environment that runs the model', () => {
    const documents = { ...classed(0.49), ...release(1) };
    const text = said(workspace({ ...documents, 'models/late/versions/2.yaml': null }), workspace(documents));
    expect(text).toContain('Training took 12.3 s of a processor');
    expect(text).toContain('25 % more than version 1 (0.4 ms)');
    expect(text).toContain(
      'prod: Its cost class cheap allows 0.49 ms for an answer here: it costs more than its class.',
    );
  });

  it('is part of a plan, at the live rate', () => {
    const change = planChange(workspace({ ...costs, ...release(1) }), workspace({ ...costs, ...release(2) }), {
      rates: new Map([['prod/late', 3600]]),
    });
    expect(change.changes[0]?.cost).toMatchObject({ version: 2, servingCpuMs: 0.5, requestsPerHour: 3600 });
    expect(describePlan(change)).toContain('  Cost: Training took 12.3 s');
    expect(planMarkdown(change)).toContain('**What it costs**\n\n- Training took 12.3 s');
  });
});

describe('a plan as Markdown', () => {
  it('keeps commands as code and makes nothing of what others wrote', () => {
    const hold = { model: 'late', reason: 'see <b>#1</b> @octocat', since: '2001-04-01', by: 'Ada' };
    const after = workspace({ ...release(2), [`releases/prod/holds/${digestOf(2).slice(7)}.yaml`]: hold });
    const markdown = planMarkdown(planChange(workspace(release(1)), after));
    expect(markdown).toContain('### prod/late');
    expect(markdown).toContain('`signalbox rollback late --env prod --merge`');
    expect(markdown).toContain('see `<b>#1</b>` `@octocat`.');
  });
});
