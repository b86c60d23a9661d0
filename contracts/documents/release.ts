import { type Static, Type } from '@sinclair/typebox';
import { closed, Name, VersionNumber } from './common.js';

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
    arms: Type.Optional(
      Type.Array(VersionNumber, {
        minItems: 1,
        maxItems: 4,
        uniqueItems: true,
        description:
          'Other versions that compete beside `version` and the live one, where the strategy has an experiment. The winner is proposed, not taken.',
      }),
    ),
    segments: Type.Optional(
      Type.Record(Name, closed({ version: VersionNumber }), {
        description:
          'By segment of the model card: the version that answers its requests, whatever the rollout does. Segments that are not named follow the rollout.',
      }),
    ),
    requires: Type.Optional(
      Type.Record(Name, VersionNumber, {
        examples: [{ embedding: 3 }],
        description:
          'By other model: the oldest version of it that must be live in this environment before this version starts.',
      }),
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
