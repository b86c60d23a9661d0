import { type Static, Type } from '@sinclair/typebox';
import { closed, Description, Duration, Name, Share } from './common.js';
import { TIME_BOUNDS } from './time-bounds.js';

export const CanaryStep = closed(
  {
    weight: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      description: 'The share of units that the candidate answers in this step.',
    }),
    minDuration: Duration,
    minSample: Type.Integer({
      minimum: 1,
      description: 'The fewest requests that the candidate must have got in this step.',
    }),
  },
  { description: 'One step of a canary.' },
);

export const Strategy = closed(
  {
    description: Description,
    shadow: Type.Optional(
      closed(
        {
          share: Share,
          minDuration: Duration,
          minSample: Type.Integer({
            minimum: 1,
            description: 'The fewest copies that the candidate must have answered.',
          }),
        },
        {
          description:
            'Before any user sees the candidate: copies of this share of the traffic, their answers thrown away.',
        },
      ),
    ),
    canary: Type.Optional(
      closed(
        { steps: Type.Array(CanaryStep, { minItems: 1, maxItems: 99, description: 'The steps, in order.' }) },
        { description: 'Rising weights. After the last step the candidate is live.' },
      ),
    ),
    experiment: Type.Optional(
      closed(
        {
          share: Type.Number({
            exclusiveMinimum: 0,
            maximum: 0.5,
            description:
              'The share of units that each arm gets. The live version keeps the rest, and at least as much.',
          }),
          metric: Type.String({
            ...Name,
            description:
              'The metric that decides, `releases/metrics/<name>.yaml`. It must have an uncertainty: outcomes, or a rate.',
          }),
          minEffect: Type.Number({
            minimum: 0,
            default: 0,
            description:
              'An arm wins when it is shown to be better than the live version by more than this, in units of the metric.',
          }),
          minDuration: Duration,
          maxDuration: Type.String({
            ...Duration,
            description: `When no arm has won by then (at most \`${TIME_BOUNDS.stage.max}\`), the live version stays.`,
          }),
          minSample: Type.Integer({ minimum: 1, description: 'The fewest requests that each arm must have got.' }),
        },
        { description: 'Arms side by side until a metric decides.' },
      ),
    ),
    blueGreen: Type.Optional(
      closed(
        {
          mirror: Type.Number({
            exclusiveMinimum: 0,
            maximum: 1,
            default: 0.25,
            description:
              'After the switch, copies of this share of the traffic go to the version before, to compare with.',
          }),
          minDuration: Duration,
          minSample: Type.Integer({ minimum: 1, description: 'The fewest requests that the candidate must have got.' }),
        },
        {
          description:
            'All units at once, with the version before kept loaded until it is shown that nothing got worse.',
        },
      ),
    ),
    confirm: Type.Optional(
      Type.Array(
        Type.String({
          pattern: '^(shadow|canary-[1-9][0-9]?|experiment|blue-green|live)$',
          description: 'A stage: `shadow`, `canary-1`, `experiment`, `blue-green` or `live`.',
        }),
        { minItems: 1, uniqueItems: true, description: 'Stages that a person must confirm before they begin.' },
      ),
    ),
    stageDeadline: Type.String({
      ...Duration,
      default: '7d',
      description: `A stage that has shown neither a pass nor a fail after so long (event time), at most \`${TIME_BOUNDS.stage.max}\`, ends the rollout: the version is rejected as undecided.`,
    }),
    analysis: closed(
      {
        errorRateMargin: Type.Number({
          exclusiveMinimum: 0,
          maximum: 1,
          default: 0.01,
          description: 'The upper bound of (candidate − champion) error rate must lie under this.',
        }),
        confidence: Type.Number({
          minimum: 0.5,
          exclusiveMaximum: 1,
          default: 0.95,
          description:
            'How sure a bound is, however often the evidence is looked at. A harmful version passes, or a good one fails, at most as often as this leaves.',
        }),
        latency: Type.Optional(
          closed(
            {
              quantile: Type.Number({
                exclusiveMinimum: 0,
                exclusiveMaximum: 1,
                default: 0.95,
                description: 'Which quantile of the time from asking a version to its score or failure.',
              }),
              marginMs: Type.Number({
                exclusiveMinimum: 0,
                description:
                  'The upper bound of the candidate’s quantile may exceed the lower bound of the champion’s by less than this.',
              }),
            },
            { description: 'How much slower the candidate may be. Not judged unless given.' },
          ),
        ),
        scoreShiftMargin: Type.Optional(
          Type.Number({
            exclusiveMinimum: 0,
            maximum: 1,
            description:
              'In shadow, on the same requests: the mean of (candidate − champion) score must lie within this of zero. Not judged unless given.',
          }),
        ),
        fallbackShareMargin: Type.Optional(
          Type.Number({
            exclusiveMinimum: 0,
            maximum: 1,
            description:
              'The upper bound of (candidate − champion) share of degraded answers must lie under this. Not judged unless given.',
          }),
        ),
        segmentErrorRateMargin: Type.Optional(
          Type.Number({
            exclusiveMinimum: 0,
            maximum: 1,
            description:
              'The same as `errorRateMargin` for each critical segment of the model card on its own. Not judged unless given.',
          }),
        ),
        metrics: Type.Array(
          closed({
            metric: Type.String({ ...Name, description: 'The metric, `releases/metrics/<name>.yaml`.' }),
            margin: Type.Optional(
              Type.Number({
                minimum: 0,
                description:
                  'The candidate may be worse than the live version by less than this, in units of the metric.',
              }),
            ),
            min: Type.Optional(Type.Number({ description: 'The candidate’s value must be at least this.' })),
            max: Type.Optional(Type.Number({ description: 'The candidate’s value must be at most this.' })),
          }),
          { default: [], description: 'Metrics that each step must meet: outcomes, business metrics.' },
        ),
      },
      { default: {}, description: 'What every step must show before the next.' },
    ),
  },
  {
    $id: 'strategy',
    title: 'Strategy',
    description: 'How a version becomes live; named and reusable. `releases/strategies/<name>.yaml`',
  },
);
export type Strategy = Static<typeof Strategy>;
