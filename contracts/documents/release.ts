import { type Static, Type } from '@sinclair/typebox';
import { closed, Description, Duration, Instant, Name, Share, VersionNumber } from './common.js';
import { RiskTier } from './model.js';

export const Release = closed(
  {
    version: VersionNumber,
    strategy: Name,
    fallback: Type.Optional(
      closed(
        { version: VersionNumber },
        { description: 'The version that answers when the chosen one and the champion cannot.' },
      ),
    ),
  },
  {
    $id: 'release',
    title: 'Release',
    description:
      'What is wanted of one model in one environment; no progress, no counters. `releases/<env>/<model>.yaml`',
  },
);
export type Release = Static<typeof Release>;

export const Environment = closed(
  {
    description: Description,
    policy: Name,
    clock: Type.Union([Type.Literal('wall'), Type.Literal('replay')], {
      default: 'wall',
      description:
        '`replay`: event time comes from the event log and callers may send their own time T. Never in production.',
    }),
    minPods: Type.Integer({
      minimum: 1,
      default: 2,
      description: 'Evidence from fewer pods than this can never make a pass.',
    }),
    stores: closed(
      {
        artifacts: Type.String({
          description: 'The artifact store: a folder, relative to the repository unless absolute.',
        }),
        log: Type.String({ description: 'The event log: a folder.' }),
        online: Type.String({ description: 'The online feature store: a folder.' }),
      },
      { description: 'Where this environment keeps things.' },
    ),
    reconcile: closed(
      {
        poll: Type.String({
          ...Duration,
          default: '30s',
          description: 'How often the reconciler looks at Git and the evidence.',
        }),
      },
      { default: {}, description: 'The reconciler of this environment.' },
    ),
    pods: closed(
      {
        poll: Type.String({ ...Duration, default: '30s', description: 'How often a pod looks for a new manifest.' }),
        evidence: Type.String({
          ...Duration,
          default: '10s',
          description: 'How often a pod writes what it counted; analysis can be no newer.',
        }),
      },
      { default: {}, description: 'The pods of this environment.' },
    ),
    timestampValidity: Type.String({
      ...Duration,
      default: '1d',
      description: 'How long a signed timestamp is valid.',
    }),
  },
  {
    $id: 'environment',
    title: 'Environment',
    description: 'One place where models run. `releases/<env>/environment.yaml`',
  },
);
export type Environment = Static<typeof Environment>;

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
        { steps: Type.Array(CanaryStep, { minItems: 1, description: 'The steps, in order.' }) },
        { description: 'Rising weights. After the last step the candidate is live.' },
      ),
    ),
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

const TierPolicy = closed(
  {
    approvals: Type.Integer({ minimum: 0, description: 'How many people must approve a promotion.' }),
    strategies: Type.Array(Name, { minItems: 1, description: 'The strategies that a release of this tier may use.' }),
    autoPromote: Type.Array(Name, {
      default: [],
      description: 'Environments to which a merged version is promoted by a bot.',
    }),
    blockingGates: Type.Array(Type.String(), {
      minItems: 1,
      description: 'Gate ids, or prefixes ending in `/*`, whose refusal blocks. Other gates only warn.',
    }),
  },
  { description: 'What a risk tier asks.' },
);

export const Policy = closed(
  {
    description: Description,
    tiers: Type.Record(RiskTier, TierPolicy, { description: 'What each risk tier asks.' }),
  },
  {
    $id: 'policy',
    title: 'Policy',
    description: 'Which gates block, who approves, which strategy, by risk tier. `releases/policies/<name>.yaml`',
  },
);
export type Policy = Static<typeof Policy>;

export const Hold = closed(
  {
    model: Name,
    reason: Type.String({ minLength: 1, description: 'Why this package must not run, for people.' }),
    since: Instant,
    by: Type.String({ minLength: 1, description: 'Who or what put the hold.' }),
  },
  {
    $id: 'hold',
    title: 'Hold',
    description: 'A package that must not run in an environment. `releases/<env>/holds/<sha256>.yaml`',
  },
);
export type Hold = Static<typeof Hold>;
