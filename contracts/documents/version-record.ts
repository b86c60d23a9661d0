import { type Static, Type } from '@sinclair/typebox';
import { Verdict } from '../verdicts/verdict.js';
import { closed, Digest, Instant } from './common.js';

const Interval = Type.Tuple([Type.Number(), Type.Number()], {
  description: 'The 95 % interval: lower and upper bound.',
});

export const MetricValue = closed(
  {
    value: Type.Number({ description: 'The metric.' }),
    interval: Type.Optional(Interval),
    rows: Type.Integer({ minimum: 0, description: 'On how many rows.' }),
  },
  { description: 'A metric on the evaluation rows, with its 95 % interval.' },
);
export type MetricValue = Static<typeof MetricValue>;

export const VersionRecord = closed(
  {
    package: closed(
      { digest: Digest, sizeBytes: Type.Integer({ minimum: 1, description: 'The size of all its files.' }) },
      { description: 'The package that pods load.' },
    ),
    run: Type.String({ description: 'The id of the training run.' }),
    commit: Type.String({ pattern: '^[0-9a-f]{40}$', description: 'The commit that was trained.' }),
    trainedOn: closed(
      {
        dataset: Type.String({ ...Digest, description: 'The training dataset.' }),
        snapshot: Type.String({ ...Digest, description: 'The snapshot of the source that it was built from.' }),
        features: Type.String({ ...Digest, description: 'The feature definitions.' }),
        codeTree: Type.String({ ...Digest, description: 'The files of the model folder.' }),
        environment: Type.String({ ...Digest, description: 'The lock files and the versions of the tools.' }),
        from: Type.String({ ...Instant, description: 'Start of the training period, included.' }),
        to: Type.String({ ...Instant, description: 'End of the training period, excluded.' }),
        rows: Type.Integer({ minimum: 1, description: 'How many rows were trained on.' }),
      },
      { description: 'Everything that the version was made from.' },
    ),
    parameters: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
      description: 'What the trainer was told.',
    }),
    seed: Type.Integer({ minimum: 0, description: 'The seed of the trainer.' }),
    metrics: Type.Record(Type.String(), MetricValue, { description: 'The metrics on the evaluation rows, by name.' }),
    verdicts: Type.Array(Verdict, { description: 'What each gate said.' }),
    boundTo: closed(
      {
        champion: Type.Union([Digest, Type.Null()], {
          description: 'The package the candidate was compared with; null at bootstrap.',
        }),
        evaluationData: Type.String({ ...Digest, description: 'The evaluation dataset.' }),
        policy: Type.String({
          ...Digest,
          description: 'The gates that the policy makes block for the risk tier of the model.',
        }),
      },
      { description: 'What the verdict rests on. When one of these moves, the verdict lapses.' },
    ),
    cost: closed(
      {
        cpuSeconds: Type.Number({ minimum: 0, description: 'Processor time of the training.' }),
        peakBytes: Type.Integer({ minimum: 0, description: 'The most memory that the trainer held.' }),
        servingCpuMs: Type.Optional(
          Type.Number({ minimum: 0, description: 'Processor time of one prediction, as measured on the package.' }),
        ),
        storedBytes: Type.Integer({ minimum: 0, description: 'What the package takes in the artifact store.' }),
      },
      { description: 'What the version cost.' },
    ),
  },
  {
    $id: 'version-record',
    title: 'Version record',
    description:
      'The immutable record of one gated version, written by the pipeline. `models/<name>/versions/<n>.yaml`',
  },
);
export type VersionRecord = Static<typeof VersionRecord>;
