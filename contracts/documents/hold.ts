import { type Static, Type } from '@sinclair/typebox';
import { closed, Instant, Name } from './common.js';

/** Small files beside the releases of an environment: each stops or allows one thing, and is taken away by deleting it. */
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

export const Freeze = closed(
  {
    reason: Type.String({ minLength: 1, description: 'Why nothing moves, for people.' }),
    from: Instant,
    to: Type.String({ ...Instant, description: 'When it ends: a freeze always ends.' }),
    by: Type.String({ minLength: 1, description: 'Who ordered it.' }),
    models: Type.Optional(
      Type.Array(Name, {
        minItems: 1,
        uniqueItems: true,
        description: 'Only these models; all of the environment unless given.',
      }),
    ),
  },
  {
    $id: 'freeze',
    title: 'Freeze',
    description:
      'A time in which no rollout starts or moves on; going back, rejecting and holding stay possible. `releases/<env>/freezes/<name>.yaml`',
  },
);
export type Freeze = Static<typeof Freeze>;

export const Confirmation = closed(
  {
    model: Name,
    stages: Type.Array(
      Type.String({
        pattern: '^(shadow|canary-[1-9][0-9]?|experiment|blue-green|live)$',
        description: 'A stage of the strategy: `shadow`, `canary-1`, `experiment`, `blue-green` or `live`.',
      }),
      { minItems: 1, uniqueItems: true, description: 'The stages that may begin.' },
    ),
    by: Type.String({ minLength: 1, description: 'Who confirms.' }),
    since: Instant,
  },
  {
    $id: 'confirmation',
    title: 'Confirmation',
    description:
      'A person lets a package enter stages that its strategy asks to be confirmed. `releases/<env>/confirmations/<sha256>.yaml`',
  },
);
export type Confirmation = Static<typeof Confirmation>;
