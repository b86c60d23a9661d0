import { type Static, Type } from '@sinclair/typebox';
import { closed, Description, Duration, Name } from './common.js';
import { fromTo, POLLS_PER_TIMESTAMP, TIME_BOUNDS } from './time-bounds.js';

const TimeOfDay = Type.String({
  pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
  description: 'A time of day, such as `09:30`.',
});

const ChangeWindow = closed(
  {
    days: Type.Array(
      Type.Union((['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const).map((day) => Type.Literal(day))),
      { minItems: 1, uniqueItems: true, description: 'On which days.' },
    ),
    from: TimeOfDay,
    to: TimeOfDay,
    timezone: Type.String({
      default: 'UTC',
      description: 'A name of the time zone database, such as `Europe/Vienna`.',
    }),
  },
  { description: 'From (included) to (excluded), on each of its days, by the wall clock.' },
);

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
          description: `How often the reconciler looks at Git and the evidence: ${fromTo(TIME_BOUNDS.poll)}.`,
        }),
      },
      { default: {}, description: 'The reconciler of this environment.' },
    ),
    pods: closed(
      {
        poll: Type.String({
          ...Duration,
          default: '30s',
          description: `How often a pod looks for a new manifest: ${fromTo(TIME_BOUNDS.poll)}.`,
        }),
        evidence: Type.String({
          ...Duration,
          default: '10s',
          description: `How often a pod writes what it counted, ${fromTo(TIME_BOUNDS.evidence)}; analysis can be no newer.`,
        }),
      },
      { default: {}, description: 'The pods of this environment.' },
    ),
    promotesFrom: Type.Optional(
      closed(
        {
          environment: Name,
          soak: Type.String({
            ...Duration,
            description: `So long (event time there), at most \`${TIME_BOUNDS.soak.max}\`, a version must have been live in that environment, and still be: a running pod there has applied it, and it has answered.`,
          }),
        },
        { description: 'A version starts here only after it was live there, unless it was live here before.' },
      ),
    ),
    changeWindows: Type.Optional(
      Type.Array(ChangeWindow, {
        minItems: 1,
        description: 'Rollouts start and move on only within one of these. Going back is always possible.',
      }),
    ),
    prometheus: Type.Optional(
      Type.String({
        pattern: '^https?://[^\\s]+$',
        description: 'The address of the Prometheus server that metrics of kind `prometheus` ask.',
      }),
    ),
    costClasses: Type.Optional(
      Type.Record(
        Name,
        closed({
          maxCpuMsPerPrediction: Type.Number({
            exclusiveMinimum: 0,
            description: 'What one prediction of a model of this class may take of a processor.',
          }),
        }),
        { description: 'What the classes that model cards name may cost here.' },
      ),
    ),
    timestampValidity: Type.String({
      ...Duration,
      default: '1d',
      description: `How long a signed timestamp is valid: ${fromTo(TIME_BOUNDS.timestampValidity)}, and at least ${POLLS_PER_TIMESTAMP} polls.`,
    }),
  },
  {
    $id: 'environment',
    title: 'Environment',
    description: 'One place where models run. `releases/<env>/environment.yaml`',
  },
);
export type Environment = Static<typeof Environment>;
