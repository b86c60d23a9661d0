import { type Static, Type } from '@sinclair/typebox';
import { closed, Description, Duration, Expression, Name, Owner, Share } from './common.js';

export const ColumnType = Type.Union(
  [
    Type.Literal('int'),
    Type.Literal('double'),
    Type.Literal('string'),
    Type.Literal('bool'),
    Type.Literal('timestamp'),
  ],
  { description: 'The type of a column. A timestamp is read as UTC and becomes epoch microseconds.' },
);
export type ColumnType = Static<typeof ColumnType>;

export const Severity = Type.Union([Type.Literal('block'), Type.Literal('warn')], {
  description: '`block` stops the pipeline, `warn` is reported.',
  default: 'block',
});

export const Column = closed(
  {
    type: ColumnType,
    description: Type.Optional(Description),
    unit: Type.Optional(Type.String({ description: 'The unit of the values, for people.' })),
    min: Type.Optional(Type.Number({ description: 'The smallest allowed value; rows below it go to quarantine.' })),
    max: Type.Optional(Type.Number({ description: 'The largest allowed value; rows above it go to quarantine.' })),
    allowed: Type.Optional(
      Type.Array(Type.Union([Type.String(), Type.Number()]), {
        minItems: 1,
        description: 'The only allowed values; other rows go to quarantine.',
      }),
    ),
    maxMissingShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0,
      description: 'The largest share of missing values; 0 unless told.',
    }),
    severity: Severity,
  },
  { description: 'One column: its type and what its values must satisfy.' },
);
export type Column = Static<typeof Column>;

export const Source = closed(
  {
    description: Description,
    owner: Owner,
    data: closed(
      {
        format: Type.Union([Type.Literal('parquet'), Type.Literal('csv')], { description: 'The format of the files.' }),
        path: Type.String({
          minLength: 1,
          description:
            'Where the data is: a path relative to the repository (globs allowed), an absolute path, or `npm:<package>/<file>` for a file of an installed npm package.',
        }),
      },
      { description: 'Where the rows come from.' },
    ),
    columns: Type.Record(Type.String(), Column, {
      minProperties: 1,
      description: 'The columns that are read, by name.',
    }),
    eventTime: Type.String({ description: 'The timestamp column that says when the event happened.' }),
    observedAt: Type.Optional(
      Type.String({
        ...Expression,
        description:
          'When a row could be known: a CEL expression over the columns, in microseconds. Without it, a row is known when it happened.',
      }),
    ),
    allowedLateness: Type.String({
      ...Duration,
      default: '0s',
      description: 'An event is accepted only if it was observed at most this long after it happened.',
    }),
    futureSkew: Type.String({
      ...Duration,
      default: '0s',
      description: 'How far before its event time an event may be observed (clock skew).',
    }),
    duplicates: Type.Literal('never', {
      default: 'never',
      description: 'What the producer promises about repeated events: `never` repeats.',
    }),
    minRows: Type.Integer({ minimum: 1, default: 1, description: 'Fewer rows than this in a snapshot is an error.' }),
    maxQuarantineShare: Type.Number({
      ...Share,
      default: 0.01,
      description: 'A larger share of quarantined rows is an error.',
    }),
  },
  {
    $id: 'source',
    title: 'Source',
    description:
      'Where events come from: their columns, when each happened (`eventTime`) and when it could be known (`observedAt`). `features/sources/<name>.yaml`',
  },
);
export type Source = Static<typeof Source>;

export const Entity = closed(
  {
    description: Description,
    owner: Type.Optional(Owner),
    keys: Type.Array(
      closed({
        name: Name,
        type: Type.Union([Type.Literal('string'), Type.Literal('int')], { description: 'The type of the key.' }),
      }),
      {
        minItems: 1,
        maxItems: 8,
        description: 'The columns that together identify one entity, in order.',
      },
    ),
  },
  {
    $id: 'entity',
    title: 'Entity',
    description: 'A thing that features describe, and its keys. `features/entities/<name>.yaml`',
  },
);
export type Entity = Static<typeof Entity>;
