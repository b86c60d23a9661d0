import { type Static, Type } from '@sinclair/typebox';
import { Condition, closed, Description, Duration, Expression, Instant, Name, Owner, Size } from './common.js';
import { fromTo, TIME_BOUNDS } from './time-bounds.js';

export const RiskTier = Type.Union([Type.Literal('low'), Type.Literal('high')], {
  description: 'How much harm a wrong version can do. The tier chooses gates, approvals and strategy in the policy.',
});
export type RiskTier = Static<typeof RiskTier>;

export const Priority = Type.Union([Type.Literal('critical'), Type.Literal('normal'), Type.Literal('best-effort')], {
  description: 'Who degrades last when there is more traffic than a pod can answer.',
});
export type Priority = Static<typeof Priority>;

export const Period = closed(
  { from: Instant, to: Instant },
  { description: 'A period of label times: from (included) to (excluded).' },
);
export type Period = Static<typeof Period>;

export const MetricName = Type.Union(
  [Type.Literal('auc'), Type.Literal('log_loss'), Type.Literal('brier'), Type.Literal('ece')],
  { description: 'An evaluation metric of a binary classifier.' },
);
export type MetricName = Static<typeof MetricName>;

export const MetricGate = closed(
  {
    min: Type.Optional(Type.Number({ description: 'The metric must be at least this.' })),
    max: Type.Optional(Type.Number({ description: 'The metric must be at most this.' })),
    championMargin: Type.Optional(
      Type.Number({
        minimum: 0,
        description:
          'Non-inferiority: the whole confidence interval of candidate minus champion, on the same rows, must lie on the right side of this margin.',
      }),
    ),
    maxImprovement: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'A larger improvement over the champion is suspicious (a leak?) and fails.',
      }),
    ),
  },
  { description: 'The thresholds of one metric. At least one must be given.', minProperties: 1 },
);
export type MetricGate = Static<typeof MetricGate>;

const Label = closed(
  {
    source: Type.String({ ...Name, description: 'The source whose rows are labels.' }),
    expression: Type.String({
      ...Expression,
      description: 'The label: a CEL condition over the columns of the source.',
    }),
    sample: closed(
      {
        rows: Type.Integer({ minimum: 1, description: 'At most so many rows.' }),
        seed: Type.Integer({ default: 0, description: 'Another seed draws other rows.' }),
      },
      { description: 'The declared sample of label rows for each period: by hash of the row, so that it is stable.' },
    ),
    entities: Type.Record(Name, Type.Record(Name, Type.String()), {
      description: 'For each entity, which source column holds each of its keys: `origin: {origin: origin}`.',
    }),
    request: Type.Optional(
      Type.Record(Name, Type.String(), { description: 'Which source column stands for each request input.' }),
    ),
  },
  {
    description:
      'What is predicted, from which source rows. The label time T is the event time of the row; the label is known when the row is observed.',
  },
);

const Monitoring = closed(
  {
    window: Type.String({
      ...Duration,
      default: '1d',
      description: `Live traffic is judged by windows of event time of this length: whole hours, at most \`${TIME_BOUNDS.monitoring.max}\`.`,
    }),
    minRows: Type.Integer({ minimum: 1, default: 500, description: 'A window with fewer rows is inconclusive.' }),
    drift: closed(
      {
        threshold: Type.Number({
          exclusiveMinimum: 0,
          maximum: 1,
          default: 0.1,
          description:
            'The effect: a Jensen-Shannon distance (base 2, from 0 to 1) to the reference above this, and above the noise floor, is drift.',
        }),
        falseDiscoveryRate: Type.Number({
          exclusiveMinimum: 0,
          exclusiveMaximum: 1,
          default: 0.01,
          description: 'The evidence: over all signals of a window, by Benjamini-Hochberg.',
        }),
        persistence: closed(
          {
            windows: Type.Integer({ minimum: 1, default: 2, description: 'In so many windows …' }),
            of: Type.Integer({ minimum: 1, default: 3, description: '… of so many latest ones.' }),
          },
          { default: {}, description: 'One odd window is no drift.' },
        ),
      },
      { default: {}, description: 'When a difference between live traffic and the reference is reported.' },
    ),
    labelMaturity: Type.String({
      ...Duration,
      default: '1d',
      description: 'So long after a window its outcomes are taken to be in: quality is judged only then.',
    }),
  },
  { default: {}, description: 'How live traffic is watched.' },
);

const Retraining = closed(
  {
    on: Type.Array(Type.Union([Type.Literal('drift'), Type.Literal('quality'), Type.Literal('schedule')]), {
      default: [],
      uniqueItems: true,
      description: 'What asks for a new version. Nothing unless given; a person can always ask.',
    }),
    every: Type.String({
      ...Duration,
      default: '30d',
      description: `For \`schedule\`: how old the training data may get, ${fromTo(TIME_BOUNDS.retraining)}.`,
    }),
    trainingWindow: Type.String({
      ...Duration,
      default: '52d',
      description: 'How much of the newest data is trained on.',
    }),
    evaluationWindow: Type.String({
      ...Duration,
      default: '30d',
      description: 'How much of it, the newest, is held back to judge the new version and the champion.',
    }),
    cooldown: Type.String({
      ...Duration,
      default: '7d',
      description: 'No new request within this time of event time after the last.',
    }),
  },
  { default: {}, description: 'When a new version is trained without a person, and on what.' },
);

export const Model = closed(
  {
    description: Description,
    owner: Owner,
    riskTier: RiskTier,
    task: Type.Literal('binary-classification', { description: 'What kind of problem this is.' }),
    label: Label,
    features: Type.Array(Type.String({ pattern: '^[a-z][a-z0-9_-]*(\\.[a-z0-9_-]+)?$' }), {
      minItems: 1,
      uniqueItems: true,
      description:
        'Feature views (all their features) or single features as `view.feature`. This order is the order of the model input.',
    }),
    training: closed(
      {
        command: Type.Array(Type.String(), {
          minItems: 1,
          description:
            'The trainer, run in the folder of the model. It meets the command contract of `docs/trainers.md`.',
        }),
        period: Period,
        parameters: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
          default: {},
          description: 'What the trainer is told, by name. A change is a new run.',
        }),
        seed: Type.Integer({ minimum: 0, default: 0, description: 'The seed of the trainer.' }),
        timeout: Type.String({
          ...Duration,
          default: '1h',
          description: `A trainer that runs longer is stopped: ${fromTo(TIME_BOUNDS.training)}.`,
        }),
        lockFiles: Type.Array(Type.String(), {
          default: [],
          description: 'Files that pin the environment of the trainer, relative to the repository.',
        }),
      },
      { description: 'How the model is trained.' },
    ),
    evaluation: closed(
      {
        period: Period,
        metrics: Type.Array(MetricName, {
          minItems: 1,
          uniqueItems: true,
          description: 'What is computed on all rows and on each slice.',
        }),
        slices: Type.Array(
          closed({
            name: Name,
            where: Expression,
            minRows: Type.Integer({
              minimum: 1,
              default: 500,
              description: 'A slice with fewer rows is inconclusive.',
            }),
          }),
          {
            default: [],
            description:
              'Parts of the evaluation rows that are reported, and gated, on their own. `where` sees the source columns and the features.',
          },
        ),
      },
      { description: 'How a version is judged, on rows that it was not trained on.' },
    ),
    gates: closed(
      {
        quality: Type.Record(Type.String(), MetricGate, { description: 'Thresholds by metric.' }),
        slices: Type.Record(Type.String(), MetricGate, {
          default: {},
          description: 'Thresholds by metric that every slice must meet.',
        }),
        infrastructure: closed(
          {
            maxPackageSize: Type.String({ ...Size, default: '2GiB', description: 'The largest package.' }),
            maxP95LatencyMs: Type.Number({
              exclusiveMinimum: 0,
              default: 150,
              description: 'The 95th percentile of the time that one row takes in the serving runtime.',
            }),
            maxMemory: Type.String({
              ...Size,
              default: '4GiB',
              description: 'The most memory that a pod may take more once it has loaded the package and answered.',
            }),
          },
          { default: {}, description: 'What the package must meet in the real serving runtime.' },
        ),
      },
      { description: 'What a version must show before it may be merged.' },
    ),
    serving: closed(
      {
        output: closed(
          {
            tensor: Type.String({ description: 'The name of the output tensor.' }),
            column: Type.Integer({ minimum: 0, default: 0, description: 'The column of the score, from 0.' }),
          },
          { description: 'Which output tensor of the ONNX file, and which of its columns, is the score.' },
        ),
        input: Type.String({
          default: 'features',
          description: 'The input tensor of the ONNX file: float32, shape [rows, features].',
        }),
        timeout: Type.String({
          ...Duration,
          default: '150ms',
          description: `The longest an answer may take before it degrades: ${fromTo(TIME_BOUNDS.answer)}.`,
        }),
        priority: Type.Unsafe<Priority>({ ...Priority, default: 'normal' }),
        costClass: Type.Optional(
          Type.String({ ...Name, description: 'What a prediction may cost, by the classes of each environment.' }),
        ),
        segments: Type.Optional(
          Type.Array(
            closed({
              name: Name,
              where: Type.String({
                ...Condition,
                description:
                  'A CEL condition over the entity keys and request inputs of a request, such as `origin == "ATL"`.',
              }),
              critical: Type.Boolean({
                default: false,
                description: 'A rollout is judged for it on its own, where the strategy asks.',
              }),
            }),
            {
              minItems: 1,
              maxItems: 16,
              description:
                'Parts of the live traffic: a request belongs to the first whose condition holds. Releases may send one to a version of its own.',
            },
          ),
        ),
        rule: Type.Optional(
          Type.String({
            ...Expression,
            maxLength: 16_384,
            description:
              'The last resort: a CEL expression over the features (null where unknown) that yields a score.',
          }),
        ),
      },
      { description: 'How the package is called.' },
    ),
    monitoring: Monitoring,
    retraining: Retraining,
    runbook: Type.Optional(Type.String({ description: 'Where people look when it goes wrong.' })),
  },
  {
    $id: 'model',
    title: 'Model',
    description: 'The machine-readable part of the model card. `models/<name>/model.yaml`',
  },
);
export type Model = Static<typeof Model>;
