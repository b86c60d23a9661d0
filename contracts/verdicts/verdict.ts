import { type Static, Type } from '@sinclair/typebox';

/**
 * The one union of verdicts for gates, analysis and monitors.
 * Only `pass` promotes a rollout step. Gates also let `warn` through, and `bootstrap` where there is no champion.
 */
export const VerdictKind = Type.Union(
  [
    Type.Literal('pass'),
    Type.Literal('warn'),
    Type.Literal('fail'),
    Type.Literal('inconclusive'),
    Type.Literal('no-data'),
    Type.Literal('bootstrap'),
    Type.Literal('error'),
  ],
  { description: 'The verdict of a gate, an analysis or a monitor.' },
);
export type VerdictKind = Static<typeof VerdictKind>;

/** One verdict in full: a person reads `sentence`, a machine reads the rest. */
export const Verdict = Type.Object(
  {
    id: Type.String({
      pattern: '^[a-z][a-z0-9-]*(/[a-z0-9_.-]+)+$',
      description: 'The path of the gate, analysis or monitor, such as `quality/auc`.',
    }),
    verdict: VerdictKind,
    sentence: Type.String({ description: 'What was found, in one sentence.' }),
    value: Type.Optional(Type.Number({ description: 'What was measured.' })),
    interval: Type.Optional(
      Type.Tuple([Type.Number(), Type.Number()], { description: 'Its 95 % interval: lower and upper bound.' }),
    ),
    bound: Type.Optional(Type.Number({ description: 'The threshold that it was held against.' })),
    formula: Type.Optional(Type.String({ description: 'How the two were compared.' })),
    sampleSize: Type.Optional(Type.Integer({ minimum: 0, description: 'On how many rows or requests.' })),
    feature: Type.Optional(Type.String({ description: 'The feature that it speaks of, where it is one.' })),
    examples: Type.Optional(
      Type.Array(Type.String(), { maxItems: 10, description: 'Rows or objects that show it, in words.' }),
    ),
  },
  { additionalProperties: false, description: 'One verdict, with what it rests on.' },
);
export type Verdict = Static<typeof Verdict>;

/** Whether an analysis moves a rollout on: nothing but a pass does. */
export function promotes(kind: VerdictKind): boolean {
  return kind === 'pass';
}

/** Whether a gate verdict lets a candidate through. Everything that is not known to be good is refused. */
export function letsThrough(kind: VerdictKind): boolean {
  switch (kind) {
    case 'pass':
    case 'warn':
    case 'bootstrap':
      return true;
    case 'fail':
    case 'inconclusive':
    case 'no-data':
    case 'error':
      return false;
  }
}
