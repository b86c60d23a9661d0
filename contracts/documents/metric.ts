import { type Static, Type } from '@sinclair/typebox';
import { closed, Description, Duration } from './common.js';
import { fromTo, TIME_BOUNDS } from './time-bounds.js';

const Better = Type.Union([Type.Literal('higher'), Type.Literal('lower')], {
  description: 'Which direction is better.',
});

const Query = Type.String({
  minLength: 1,
  description:
    'PromQL that gives one number. `{{environment}}`, `{{model}}`, `{{version}}` and `{{serial}}` stand for what is judged.',
});

export const Metric = Type.Union(
  [
    closed(
      {
        kind: Type.Literal('outcome', {
          description: 'From the outcomes that come back, joined with the sampled answers.',
        }),
        description: Description,
        better: Better,
        value: Type.Union([Type.Literal('brier'), Type.Literal('log_loss'), Type.Literal('positive_rate')], {
          description: 'The loss of the score against the outcome, or the share of positive outcomes.',
        }),
      },
      { description: 'What became of the predictions.' },
    ),
    closed(
      {
        kind: Type.Literal('prometheus', { description: 'From the Prometheus server of the environment.' }),
        description: Description,
        better: Better,
        query: Type.Optional(Query),
        successes: Type.Optional(Query),
        total: Type.Optional(Query),
      },
      {
        description:
          'A number (`query`), or a rate as two counts (`successes` of `total`), which has an uncertainty and can decide an experiment.',
      },
    ),
    closed(
      {
        kind: Type.Literal('command', { description: 'From a program that prints one JSON value.' }),
        description: Description,
        better: Better,
        command: Type.Array(Type.String(), {
          minItems: 1,
          description:
            'Run in the repository’s root of the main branch, without a shell; SIGNALBOX_ENVIRONMENT, SIGNALBOX_MODEL, SIGNALBOX_VERSION and SIGNALBOX_SERIAL say what is asked. It prints a number, or `{"successes": n, "total": n}`.',
        }),
        timeout: Type.String({
          ...Duration,
          default: '10s',
          description: `A program that runs longer gives no value: ${fromTo(TIME_BOUNDS.metricProgram)}.`,
        }),
      },
      { description: 'Anything that a program can say.' },
    ),
  ],
  {
    $id: 'metric',
    title: 'Metric',
    description:
      'A number about one version in live traffic that strategies can ask for. `releases/metrics/<name>.yaml`',
  },
);
export type Metric = Static<typeof Metric>;
