import { describe, expect, it } from 'vitest';
import { changed, sampleRepository } from '../../../tests/support/sample-repository.js';
import { parseWorkspace } from '../parse-workspace.js';

const MODEL = 'models/card-fraud/model.yaml';
const PROD = 'releases/prod/environment.yaml';
const STAGING = 'releases/staging/environment.yaml';
const RELEASE = 'releases/prod/card-fraud.yaml';
const CONTEST = 'releases/staging/card-fraud.yaml';
const CANARY = 'releases/strategies/canary.yaml';
const EXPERIMENT = 'releases/strategies/experiment.yaml';
const SWITCH = 'releases/strategies/blue-green.yaml';

/** Each finding as `file field severity: message`. */
function told(files: ReadonlyMap<string, string>): string[] {
  return parseWorkspace(files).findings.map(
    ({ place, severity, message }) => `${place.file} ${place.field ?? ''} ${severity}: ${message}`,
  );
}

describe('how versions become live', () => {
  it.each<readonly [file: string, from: string, to: string, ...expected: string[]]>([
    [EXPERIMENT, '  maxDuration: 28d\n', '', `${EXPERIMENT} experiment error: the key "maxDuration" is missing`],
    [
      EXPERIMENT,
      'maxDuration: 28d',
      'maxDuration: 6d',
      `${EXPERIMENT} experiment.minDuration error: the stage lasts at least 7d, and ends undecided after 6d (maxDuration)`,
    ],
    [
      EXPERIMENT,
      'minDuration: 7d\n  maxDuration: 28d',
      'minDuration: 0s\n  maxDuration: 0s',
      `${EXPERIMENT} experiment.maxDuration error: 0s is too short: a stage that may take no time ends before anything is counted`,
    ],
    [
      EXPERIMENT,
      'metric: chargeback-rate',
      'metric: chargebacks',
      `${EXPERIMENT} experiment.metric error: there is no metric "chargebacks"`,
    ],
    [
      EXPERIMENT,
      'metric: chargeback-rate',
      'metric: queue-length',
      `${EXPERIMENT} experiment.metric error: the metric "queue-length" is one number without an uncertainty, so it cannot decide an experiment`,
    ],
    [
      EXPERIMENT,
      'stageDeadline: 30d',
      'blueGreen: { minDuration: 1h, minSample: 9 }',
      `${EXPERIMENT} blueGreen error: blueGreen gives the candidate all units at once, and experiment gives it some of them first`,
    ],
    [
      SWITCH,
      'blueGreen: {',
      'canary: { steps: [{ weight: 0.1, minDuration: 1h, minSample: 9 }] }\nblueGreen: {',
      `${SWITCH} blueGreen error: blueGreen gives the candidate all units at once, and canary gives it some of them first`,
    ],
    [
      SWITCH,
      'minDuration: 2h',
      'minDuration: 8d',
      `${SWITCH} blueGreen.minDuration error: the stage lasts at least 8d, and ends undecided after 7d (stageDeadline)`,
    ],
    [
      SWITCH,
      'blueGreen: {',
      'analysis: { metrics: [{ metric: chargeback-rate, margin: 0.01 }, { metric: queue-length, max: 9 }] }\nblueGreen: {',
      `${SWITCH} analysis.metrics[0].margin error: in blueGreen the version before answers nobody, so no metric says anything of it to hold a margin against`,
    ],
    [
      CANARY,
      'stageDeadline: 5d',
      'stageDeadline: 90m',
      `${CANARY} canary.steps[1].minDuration error: the stage lasts at least 2h, and ends undecided after 90m (stageDeadline)`,
    ],
    [
      CANARY,
      'confirm: [canary-1]',
      'confirm: [canary-2, canary-3, blue-green, live]',
      `${CANARY} confirm[1] error: this strategy has no stage "canary-3"`,
      `${CANARY} confirm[2] error: this strategy has no stage "blue-green"`,
    ],
    [
      CANARY,
      '{ metric: queue-length, min: 0, max: 500 }',
      '{ metric: queue-length, margin: 5 }',
      `${CANARY} analysis.metrics[1].margin error: the metric "queue-length" is one number without an uncertainty, so it cannot be held to a margin`,
    ],
    [
      CANARY,
      '{ metric: queue-length, min: 0, max: 500 }',
      '{ metric: queue-length }',
      `${CANARY} analysis.metrics[1] error: nothing is asked of the metric "queue-length", so it can never be met`,
    ],
    [
      CANARY,
      '{ metric: queue-length, min: 0, max: 500 }',
      '{ metric: queue-lenght, min: 600, max: 500 }',
      `${CANARY} analysis.metrics[1].metric error: there is no metric "queue-lenght"`,
      `${CANARY} analysis.metrics[1].min error: the smallest allowed value 600 is above the largest, 500`,
    ],
    [
      CONTEST,
      'strategy: experiment',
      'strategy: canary',
      `${CONTEST} arms error: arms compete in an experiment, and the strategy "canary" has none`,
    ],
    [
      CONTEST,
      'arms: [2]',
      'arms: [3, 7]',
      `${CONTEST} arms error: 3 arms of 0.3 each leave the live version less than one of them has`,
      `${CONTEST} arms[0] error: version 3 is the version that is asked for, and an arm of its own already`,
      `${CONTEST} arms[1] error: "card-fraud" has no version 7`,
    ],
    [
      RELEASE,
      'large: { version: 1 }',
      'huge: { version: 9 }',
      `${RELEASE} segments.huge error: the model card of "card-fraud" has no segment "huge"`,
      `${RELEASE} segments.huge.version error: "card-fraud" has no version 9`,
    ],
    [
      RELEASE,
      'large: { version: 1 }',
      'large: { version: 2 }',
      `${RELEASE} segments.large.version warning: version 2 is the one that is asked for: until it is live, the segment follows the rollout`,
    ],
    [
      RELEASE,
      'strategy: canary',
      'strategy: canary\nrequires: { card-fraud: 1 }',
      `${RELEASE} requires.card-fraud error: "card-fraud" requires itself, so it would wait for ever`,
    ],
    [
      RELEASE,
      'strategy: canary',
      'strategy: canary\nrequires: { embedding: 1 }',
      `${RELEASE} requires.embedding error: there is no model "embedding"`,
    ],
    [
      PROD,
      'environment: staging',
      'environment: stagin',
      `${PROD} promotesFrom.environment error: there is no environment "stagin"`,
    ],
    [
      PROD,
      'environment: staging',
      'environment: prod',
      `${PROD} promotesFrom.environment error: versions come from prod: none could ever start`,
    ],
    [
      PROD,
      'Europe/Vienna',
      'Europe/Wien',
      `${PROD} changeWindows[0].timezone error: there is no time zone "Europe/Wien"`,
    ],
    [
      PROD,
      'to: "16:30"',
      'to: "09:00"',
      `${PROD} changeWindows[0].to error: the window ends at 09:00, which is not after its start 09:00`,
    ],
    [
      PROD,
      'interactive: {',
      'batch: {',
      `${MODEL} serving.costClass error: the environment "prod", which releases this model, has no cost class "interactive"`,
    ],
    [
      MODEL,
      'where: amount > 500.0, critical: true }',
      'where: amount > 500.0, critical: true }\n    - { name: large, where: card_spend.count_24h > 1.0 }',
      `${MODEL} serving.segments[1].name error: the segment "large" is listed twice`,
      `${MODEL} serving.segments[1].where error: unknown variable 'card_spend.count_24h' (at character 1)`,
    ],
    [
      MODEL,
      'where: amount > 500.0, critical: true }',
      'where: amount, critical: true }',
      `${MODEL} serving.segments[0].where error: 'amount' is of type double, expected bool (at character 1)`,
    ],
  ])('%s with %j changed to %j', (...row) => {
    const [file = '', from = '', to = '', ...expected] = row;
    const findings = told(changed(file, from, to));
    expect(findings).toHaveLength(expected.length);
    for (const text of expected) expect(findings.join('\n')).toContain(text);
  });

  it('names every environment of a circle in which versions would come from each other', () => {
    const files = changed(STAGING, 'minPods: 1', 'minPods: 1\npromotesFrom: { environment: prod, soak: 1d }');
    expect(told(files)).toEqual([
      `${PROD} promotesFrom.environment error: versions come from staging, which has them from prod: none could ever start`,
      `${STAGING} promotesFrom.environment error: versions come from prod, which has them from staging: none could ever start`,
    ]);
  });

  it('refuses metrics of a version that answers nobody before it is live', () => {
    const files = changed(
      SWITCH,
      sampleRepository().get(SWITCH)!,
      'description: None.\nanalysis: { metrics: [{ metric: queue-length, max: 5 }] }\n',
    );
    expect(told(files)).toEqual([
      `${SWITCH} analysis.metrics error: no stage of this strategy lets the candidate answer anybody, so no metric says anything of it`,
    ]);
  });

  describe('with a second model', () => {
    const OTHER = 'releases/prod/embedding.yaml';
    const world = (requires: string, other: string | null): Map<string, string> => {
      const files = changed(RELEASE, 'strategy: canary', `strategy: canary\nrequires: { ${requires} }`);
      files.set('models/embedding/model.yaml', files.get(MODEL)!);
      files.set('models/embedding/README.md', 'An embedding.\n');
      const record = files.get('models/card-fraud/versions/1.yaml')!;
      files.set('models/embedding/versions/1.yaml', record);
      if (other !== null) files.set(OTHER, `version: 1\nstrategy: canary\n${other}`);
      return files;
    };

    it('allows that it must be live first', () => {
      expect(told(world('embedding: 1', ''))).toEqual([]);
    });

    it.each([
      ['embedding: 2', '', `${RELEASE} requires.embedding error: "embedding" has no version 2`],
      ['embedding: 1', null, `${RELEASE} requires.embedding error: "embedding" is not released in "prod"`],
    ])('refuses { %s } with a release of it that says %j', (requires, other, expected) => {
      expect(told(world(requires, other)).join()).toContain(expected);
    });

    it('refuses that each waits for the other, on both sides', () => {
      expect(told(world('embedding: 1', 'requires: { card-fraud: 1 }\n'))).toEqual([
        `${RELEASE} requires.embedding error: "card-fraud" requires embedding, which requires card-fraud: each would wait for the other`,
        `${OTHER} requires.card-fraud error: "embedding" requires card-fraud, which requires embedding: each would wait for the other`,
      ]);
    });
  });
});
