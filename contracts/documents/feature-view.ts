import { type Static, Type } from '@sinclair/typebox';
import { closed, Description, Duration, Expression, Name, Owner } from './common.js';

export const AggregateFunction = Type.Union(
  [
    Type.Literal('count'),
    Type.Literal('sum'),
    Type.Literal('mean'),
    Type.Literal('min'),
    Type.Literal('max'),
    Type.Literal('share'),
  ],
  {
    description:
      'How the inputs of a window become one value. `count` of no input counts events; `share` is the share of events for which `where` holds.',
  },
);
export type AggregateFunction = Static<typeof AggregateFunction>;

export const Aggregation = closed(
  {
    function: AggregateFunction,
    input: Type.Optional(
      Type.String({
        ...Expression,
        description: 'What is aggregated: a CEL expression over the columns of the source.',
      }),
    ),
    where: Type.Optional(
      Type.String({
        ...Expression,
        description: 'Which events count: a CEL condition over the columns of the source.',
      }),
    ),
    name: Type.Optional(Type.String({ ...Name, description: 'The first part of the names of its features.' })),
    windows: Type.Array(Duration, {
      minItems: 1,
      uniqueItems: true,
      description: 'The window lengths; one feature each.',
    }),
    description: Type.Optional(Description),
  },
  {
    description:
      'One aggregate over several windows. Its features are named `<name>_<window>`, where the name is `<input>_<function>` unless told.',
  },
);
export type Aggregation = Static<typeof Aggregation>;

export const AggregateView = closed(
  {
    kind: Type.Literal('aggregate', { description: 'Windows over the events of a source.' }),
    description: Description,
    owner: Type.Optional(Owner),
    entity: Type.String({ ...Name, description: 'The entity that the features describe.' }),
    source: Type.String({ ...Name, description: 'The source whose events are aggregated.' }),
    keys: Type.Optional(
      Type.Record(Name, Type.String(), {
        description: 'Which source column holds each entity key, where the names differ.',
      }),
    ),
    mode: Type.Union([Type.Literal('sawtooth'), Type.Literal('exact')], {
      default: 'sawtooth',
      description:
        '`sawtooth`: the tail of a window is floored to its hop, so that online reads need tiles only. `exact`: every raw row of the window counts to the microsecond.',
    }),
    delay: Type.String({
      ...Duration,
      default: '0s',
      description: 'The embargo: an event younger than this is not visible.',
    }),
    aggregations: Type.Array(Aggregation, {
      minItems: 1,
      description: 'The aggregates; one feature for each window of each.',
    }),
  },
  { title: 'Aggregate view' },
);
export type AggregateView = Static<typeof AggregateView>;

export const RequestView = closed(
  {
    kind: Type.Literal('request', { description: 'Computed from the request itself.' }),
    description: Description,
    owner: Type.Optional(Owner),
    inputs: Type.Record(
      Name,
      closed({
        type: Type.Union([Type.Literal('int'), Type.Literal('double'), Type.Literal('string'), Type.Literal('bool')], {
          description: 'The type of the value that the caller sends.',
        }),
        description: Type.Optional(Description),
        min: Type.Optional(Type.Number({ description: 'A smaller value is refused.' })),
        max: Type.Optional(Type.Number({ description: 'A larger value is refused.' })),
      }),
      { description: 'What the caller must send, by name. The time of the request is always there as `at`.' },
    ),
    features: Type.Array(
      closed({
        name: Name,
        expression: Type.String({
          ...Expression,
          description: 'The value: a CEL expression over the inputs and `at`.',
        }),
        description: Type.Optional(Description),
      }),
      { minItems: 1, description: 'What is computed.' },
    ),
  },
  { title: 'Request view' },
);
export type RequestView = Static<typeof RequestView>;

export const FeatureView = Type.Union([AggregateView, RequestView], {
  $id: 'feature-view',
  title: 'Feature view',
  description: 'A named group of features with one meaning offline and online. `features/views/<name>.yaml`',
});
export type FeatureView = Static<typeof FeatureView>;
