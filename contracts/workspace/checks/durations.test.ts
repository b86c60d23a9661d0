import { describe, expect, it } from 'vitest';
import { changed } from '../../../tests/support/sample-repository.js';
import { parseWorkspace } from '../parse-workspace.js';

const PROD = 'releases/prod/environment.yaml';
const MODEL = 'models/card-fraud/model.yaml';
const METRIC = 'releases/metrics/review-cost.yaml';
const CANARY = 'releases/strategies/canary.yaml';

/** Each finding as `field: message`. */
const told = (file: string, from: string, to: string): string[] =>
  parseWorkspace(changed(file, from, to)).findings.map(({ message, place }) => `${place.field}: ${message}`);

describe('a duration of a document', () => {
  it.each<readonly [file: string, from: string, to: string, expected: string]>([
    [PROD, 'reconcile: { poll: 10s }', 'reconcile: { poll: 0s }', 'reconcile.poll: 0s is too short'],
    [PROD, 'reconcile: { poll: 10s }', 'reconcile: { poll: 25d }', 'reconcile.poll: 25d is too long'],
    [PROD, 'pods: { poll: 10s', 'pods: { poll: 0ms', 'pods.poll: 0ms is too short'],
    [PROD, 'pods: { poll: 10s', 'pods: { poll: 2h', 'pods.poll: 2h is too long'],
    [PROD, 'evidence: 5s', 'evidence: 0s', 'pods.evidence: 0s is too short'],
    [PROD, 'evidence: 5s', 'evidence: 1d', 'pods.evidence: 1d is too long'],
    [PROD, 'soak: 2d', 'soak: 9999d', 'promotesFrom.soak: 9999d is too long'],
    [PROD, 'timestampValidity: 1d', 'timestampValidity: 0s', 'timestampValidity: 0s is too short'],
    [PROD, 'timestampValidity: 1d', 'timestampValidity: 3650d', 'timestampValidity: 3650d is too long'],
    [MODEL, 'timeout: 100ms', 'timeout: 0s', 'serving.timeout: 0s is too short'],
    [MODEL, 'timeout: 100ms', 'timeout: 1h', 'serving.timeout: 1h is too long'],
    [MODEL, 'timeout: 30m', 'timeout: 0m', 'training.timeout: 0m is too short'],
    [MODEL, 'timeout: 30m', 'timeout: 25d', 'training.timeout: 25d is too long'],
    [MODEL, 'window: 1d', 'window: 9999d', 'monitoring.window: 9999d is too long'],
    [MODEL, 'every: 30d', 'every: 0d', 'retraining.every: 0d is too short'],
    [METRIC, 'timeout: 20s', 'timeout: 0s', 'timeout: 0s is too short'],
    [METRIC, 'timeout: 20s', 'timeout: 1d', 'timeout: 1d is too long'],
    [CANARY, 'stageDeadline: 5d', 'stageDeadline: 9999d', 'stageDeadline: 9999d is too long'],
  ])('in %s may not be so far off: %s, %s', (...[file, from, to, expected]) => {
    const findings = told(file, from, to);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain(expected);
  });

  it('lets a timestamp outlive ten of the longer polls', () => {
    const validFor = (validity: string): string[] => {
      const files = changed(PROD, 'pods: { poll: 10s', 'pods: { poll: 2m');
      files.set(PROD, files.get(PROD)!.replace('timestampValidity: 1d', `timestampValidity: ${validity}`));
      return parseWorkspace(files).findings.map(({ message }) => message);
    };
    expect(validFor('19m')).toEqual([
      'a timestamp that is valid for 19m may expire between two polls of 2m (pods.poll)',
    ]);
    expect(validFor('20m')).toEqual([]);
  });
});

describe('what a model card carries into a manifest', () => {
  const from = '    - { name: large, where: amount > 500.0, critical: true }\n';
  const segments = (letter: string): string =>
    Array.from({ length: 16 }, (_, at) => {
      const where = `amount > 5.0 || "${letter.repeat(4000)}" == ""`;
      return `    - { name: ${at === 0 ? 'large' : `s${at}`}, where: '${where}' }\n`;
    }).join('');

  it('may be as long as the forms allow, in plain letters', () => {
    expect(told(MODEL, from, segments('a'))).toEqual([]);
  });

  it('must fit into one', () => {
    expect(told(MODEL, from, segments('é'))).toEqual([]);
    const [finding, ...others] = told(MODEL, from, segments('語'));
    expect(finding).toMatch(/^serving: the rule and the conditions of the segments are \d+ bytes together/);
    expect(others).toEqual([]);
  });

  it('has no rule of twenty thousand characters', () => {
    const rule = `rule: '"${'a'.repeat(20_000)}" == "" ? 0.5 : 0.01'`;
    const [finding] = told(MODEL, 'rule: "payment_request.amount > 2000.0 ? 0.5 : 0.01"', rule);
    expect(finding!.slice(0, 60)).toContain('serving.rule: expected at most 16384 characters');
  });
});
