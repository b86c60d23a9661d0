import { MetricName, MetricValue, Verdict } from '@signalbox/contracts';
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Evaluation } from '../evaluation/index.js';
import type { GateInput } from '../gates/index.js';
import { refused, visible } from '../handover/index.js';

/** The forms of what jobs leave for each other. Closed and bounded: what is not said here is not read. */

const closed = <T extends Record<string, TSchema>>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Digest = Type.String({ pattern: '^sha256:[0-9a-f]{64}$' });
const Commit = Type.String({ pattern: '^[0-9a-f]{40}$' });
const Name = Type.String({ pattern: '^[a-z][a-z0-9]*([-_][a-z0-9]+)*$', maxLength: 63 });
const Text = Type.String({ maxLength: 4_000 });
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Amount = Type.Number({ minimum: 0 });
const Texts = Type.Array(Text, { maxItems: 2_000 });

/** A run as its own job tells it: who made it and what it cost, for people. */
export const TrainerClaims = closed({
  schema: Type.Literal('signalbox/run/1'),
  id: Type.String({ pattern: '^[a-z][a-z0-9_-]*-[0-9a-f]{12}$', maxLength: 80 }),
  model: Name,
  commit: Commit,
  dataset: Digest,
  features: Digest,
  codeTree: Digest,
  environment: Digest,
  parameters: Type.Record(Type.String({ maxLength: 200 }), Type.Union([Text, Type.Number(), Type.Boolean()])),
  seed: Count,
  onnx: closed({ digest: Digest, sizeBytes: Count }),
  reported: Type.Record(Type.String({ maxLength: 200 }), Type.Number(), { maxProperties: 200 }),
  cpuSeconds: Amount,
  peakBytes: Count,
  startedAt: Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}Z$' }),
  wallSeconds: Amount,
});
export type TrainerClaims = Static<typeof TrainerClaims>;

const Interval = Type.Tuple([Type.Number(), Type.Number()]);

const Scores = closed({
  metrics: Type.Partial(Type.Record(MetricName, MetricValue), { additionalProperties: false }),
  undefinedMetrics: Type.Partial(Type.Record(MetricName, Text), { additionalProperties: false }),
});

const Comparison = closed({
  candidate: Scores,
  champion: orNull(Scores),
  differences: Type.Partial(
    Type.Record(
      MetricName,
      Type.Union([
        closed({ defined: Type.Literal(true), value: Type.Number(), interval: Interval, rows: Count }),
        closed({ defined: Type.Literal(false), reason: Text }),
      ]),
    ),
    { additionalProperties: false },
  ),
});

const EvaluationForm = closed({
  rows: Count,
  overall: Comparison,
  slices: Type.Record(Name, closed({ rows: Count, comparison: orNull(Comparison) })),
  candidateRecord: Digest,
  championRecord: orNull(Digest),
});

const Infrastructure = closed({
  loadProblem: orNull(Text),
  goldenProblem: orNull(Text),
  missing: orNull(
    closed({
      features: Count,
      trainingRows: Count,
      unscored: Type.Array(closed({ name: Text, missingRows: Count }), { maxItems: 10_000 }),
      scoredWithoutAny: Type.Boolean(),
    }),
  ),
  latencyP95Ms: orNull(Amount),
  latencyCalls: Count,
  servingCpuMs: orNull(Amount),
  memoryBytes: orNull(Type.Integer()),
  packageBytes: Count,
});

const Parity = closed({ rows: Count, checked: Count, unexplained: Count, example: orNull(Text) });

const LabelTimes = closed({ labelId: Text, atUs: Type.Number(), knownAtUs: Type.Number() });

const Leak = closed({
  declared: orNull(
    closed({
      labelColumns: Texts,
      pastReaders: Texts,
      pastSources: Texts,
      requestReaders: Texts,
      rows: Count,
      knownEarly: Count,
      examples: Type.Array(LabelTimes, { maxItems: 100 }),
    }),
  ),
  replay: orNull(
    closed({
      pastFeatures: Count,
      newSources: Texts,
      rows: Count,
      checked: Count,
      earlierEvents: Count,
      laterEvents: Count,
      differences: Type.Array(
        closed({
          feature: Text,
          labelId: Text,
          atUs: Type.Number(),
          trained: orNull(Type.Number()),
          known: orNull(Type.Number()),
        }),
        { maxItems: 100_000 },
      ),
    }),
  ),
  overlap: orNull(closed({ trainingRows: Count, evaluationRows: Count, shared: Count, examples: Texts })),
});

/** What a judge leaves of one candidate: everything that the decision, the record and the report are made of, so that each can be made again. */
export const VerdictFile = closed({
  schema: Type.Literal('signalbox/verdict/1'),
  model: Name,
  environment: Name,
  /** What was judged, and the commit of the main branch that judged it. */
  commit: Commit,
  base: Commit,
  run: TrainerClaims,
  trainingData: closed({ snapshot: Digest, rows: Count }),
  package: closed({ digest: Digest, sizeBytes: Count, contentBytes: Count }),
  boundTo: closed({ champion: orNull(Digest), evaluationData: Digest, policy: Digest }),
  evidence: closed({
    evaluation: Type.Unsafe<Evaluation>(EvaluationForm),
    infrastructure: Type.Unsafe<GateInput['infrastructure']>(orNull(Infrastructure)),
    parity: Type.Unsafe<GateInput['parity']>(orNull(Parity)),
    leak: Type.Unsafe<GateInput['leak']>(orNull(Leak)),
  }),
  verdicts: Type.Array(Verdict, { maxItems: 5_000 }),
  features: closed({ added: Texts, removed: Texts, count: Count }),
  log: Type.Array(Text, { maxItems: 50 }),
});
export type VerdictFile = Static<typeof VerdictFile>;

/** What a judge leaves where there is nothing to judge by: a handover that is refused, a model that cannot be used, a package that is a version already. */
export const RefusalFile = closed({
  schema: Type.Literal('signalbox/refusal/1'),
  model: Name,
  /** Safe to show. */
  sentence: Type.String({ minLength: 1, maxLength: 2_000 }),
});
export type RefusalFile = Static<typeof RefusalFile>;

/** The value, if it has that form. Throws `handover/refused`, and says where it has not. */
export function assertForm<T extends TSchema>(schema: T, value: unknown, name: string): Static<T> {
  const error = Value.Errors(schema, value).First();
  if (error === undefined) return value as Static<T>;
  const where = error.path === '' ? name : `${name}, ${visible(error.path, 200)}`;
  throw refused(`${where}: ${visible(error.message, 200)}`, 'It must come from the same version of Signalbox.');
}
