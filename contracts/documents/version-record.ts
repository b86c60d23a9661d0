import { type Static, Type } from '@sinclair/typebox';
import { Verdict } from '../verdicts/verdict.js';
import { closed, Digest, Instant } from './common.js';

const Interval = Type.Tuple([Type.Number(), Type.Number()]);

export const MetricValue = closed(
  { value: Type.Number(), interval: Type.Optional(Interval), rows: Type.Integer({ minimum: 0 }) },
  { description: 'A metric on the evaluation rows, with its 95 % interval.' },
);
export type MetricValue = Static<typeof MetricValue>;

export const VersionRecord = closed(
  {
    package: closed(
      { digest: Digest, sizeBytes: Type.Integer({ minimum: 1 }) },
      { description: 'The package that pods load.' },
    ),
    run: Type.String({ description: 'The id of the training run.' }),
    commit: Type.String({ pattern: '^[0-9a-f]{40}$', description: 'The commit that was trained.' }),
    trainedOn: closed({
      dataset: Digest,
      snapshot: Digest,
      features: Digest,
      codeTree: Digest,
      environment: Digest,
      from: Instant,
      to: Instant,
      rows: Type.Integer({ minimum: 1 }),
    }),
    parameters: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
    seed: Type.Integer({ minimum: 0 }),
    metrics: Type.Record(Type.String(), MetricValue),
    verdicts: Type.Array(Verdict, { description: 'What each gate said.' }),
    boundTo: closed(
      {
        champion: Type.Union([Digest, Type.Null()], {
          description: 'The package the candidate was compared with; null at bootstrap.',
        }),
        evaluationData: Digest,
        policy: Digest,
      },
      { description: 'What the verdict rests on. When one of these moves, the verdict lapses.' },
    ),
    cost: closed({
      cpuSeconds: Type.Number({ minimum: 0 }),
      peakBytes: Type.Integer({ minimum: 0 }),
      storedBytes: Type.Integer({ minimum: 0 }),
    }),
  },
  {
    $id: 'version-record',
    title: 'Version record',
    description:
      'The immutable record of one gated version, written by the pipeline. `models/<name>/versions/<n>.yaml`',
  },
);
export type VersionRecord = Static<typeof VersionRecord>;
