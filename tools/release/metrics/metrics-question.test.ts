import { type Metric, type RolloutManifest, US_PER_HOUR } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { desiredOf, HOUR_US, packageOf, publishedWhere, STEPS } from '../../../tests/support/rollout-fixtures.js';
import { metricsQuestion } from './metrics-question.js';

const METRIC: Metric = { kind: 'command', description: 'd', better: 'higher', command: ['x'], timeout: '1s' };
const metrics = new Map([
  ['clicks', METRIC],
  ['basket', METRIC],
  ['unused', METRIC],
]);
const ABOUT = { commit: '2'.repeat(40), eventNowUs: 90 * HOUR_US };
const strategy = { ...STEPS, analysis: { ...STEPS.analysis, metrics: [{ metric: 'clicks', min: 0 }] } };
const desired = desiredOf(2, { metrics, strategy });

/** The manifest of a rollout from version 1 to 2, where it first stands in a phase. */
function standingIn(phase: RolloutManifest['rollout']['phase']): RolloutManifest {
  return publishedWhere([desiredOf(1), desiredOf(2)], ({ rollout }) => rollout.phase === phase);
}

describe('what a pass asks of metrics', () => {
  it('is what the strategy names, of both versions, since the stage began', () => {
    const current = standingIn('canary');
    expect(metricsQuestion(desired, current, ABOUT)).toEqual({
      ...{ environment: 'prod', model: 'm', serial: current.serial, commit: ABOUT.commit },
      metrics: new Map([['clicks', METRIC]]),
      versions: [1, 2].map((version) => ({ version, digest: packageOf(version).digest })),
      fromUs: current.rollout.enteredAt,
      nowUs: 90 * US_PER_HOUR,
    });
  });

  it('is nothing while nobody is answered by a candidate, or no metric is asked for', () => {
    expect(metricsQuestion(desired, null, ABOUT)).toBeNull();
    expect(metricsQuestion(desired, standingIn('live'), ABOUT)).toBeNull();
    expect(metricsQuestion(desired, standingIn('shadow'), ABOUT)).toBeNull();
    expect(metricsQuestion({ ...desired, strategy: STEPS }, standingIn('canary'), ABOUT)).toBeNull();
    expect(metricsQuestion({ ...desired, metrics: new Map() }, standingIn('canary'), ABOUT)).toBeNull();
    expect(metricsQuestion(desired, standingIn('canary'), { ...ABOUT, eventNowUs: null })).toBeNull();
  });

  it('is the deciding metric too, and every arm, while an experiment is under way', () => {
    const current: RolloutManifest = {
      ...standingIn('canary'),
      packages: [1, 2, 3, 4].map(packageOf),
      arms: [{ version: 3, buckets: 1000 }],
      rollout: { ...standingIn('canary').rollout, phase: 'experiment' },
    };
    const experiment = {
      share: 0.1,
      metric: 'basket',
      minEffect: 0,
      minDuration: '1h',
      maxDuration: '2h',
      minSample: 1,
    };
    const question = metricsQuestion({ metrics, strategy: { ...strategy, experiment } }, current, ABOUT);
    expect([...question!.metrics.keys()]).toEqual(['clicks', 'basket']);
    expect(question!.versions.map(({ version }) => version)).toEqual([1, 2, 3]);
    const before = { ...current, rollout: { ...current.rollout, phase: 'canary' as const } };
    expect([
      ...metricsQuestion({ metrics, strategy: { ...strategy, experiment } }, before, ABOUT)!.metrics.keys(),
    ]).toEqual(['clicks']);
  });
});
