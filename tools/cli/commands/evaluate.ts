import type { MetricName } from '@signalbox/contracts';
import { METRICS } from '../../evaluation/index.js';
import { between, count, figure } from '../../gates/index.js';
import { evaluatePath } from '../../registry/index.js';
import type { CommandDefinition } from '../command.js';
import { JUDGE_OPTION, MODEL_ARGUMENT, openCommandPipeline } from '../pipeline-command.js';

export const evaluateCommand: CommandDefinition = {
  name: 'evaluate',
  summary: 'Score a model on later rows in the serving runtime, next to the live version',
  example: 'signalbox evaluate flight-delay',
  arguments: MODEL_ARGUMENT,
  options: [JUDGE_OPTION],
  run: async (args, options, context) => {
    const pipeline = await openCommandPipeline(args, options, context);
    const { evaluated, champion, trained } = await evaluatePath(pipeline);
    const { evaluation } = evaluated;
    const lines = (Object.keys(evaluation.overall.candidate.metrics) as MetricName[]).map((name) => {
      const { value, interval } = evaluation.overall.candidate.metrics[name]!;
      const gap = evaluation.overall.differences[name];
      const against = gap?.defined ? `, ${figure(gap.value)} against the live version (${between(gap.interval)})` : '';
      return `  ${METRICS[name].title}: ${figure(value)}${interval ? ` (${between(interval)})` : ''}${against}`;
    });
    const live = champion === null ? 'there is no live version yet' : `live is version ${champion.version}`;
    const head = `run ${trained.run.id} on ${count(evaluation.rows)} rows; ${live}`;
    return {
      text: [head, ...lines].join('\n'),
      json: { run: trained.run.id, champion: champion?.version ?? null, ...evaluation },
    };
  },
};
