import { judgePath } from '../../registry/index.js';
import type { CommandDefinition } from '../command.js';
import { JUDGE_OPTION, MODEL_ARGUMENT, openCommandPipeline } from '../pipeline-command.js';
import { verdictLines } from '../verdict-lines.js';

export const gateCommand: CommandDefinition = {
  name: 'gate',
  summary: 'Let the gates decide about a model: quality, champion, slices, infrastructure, parity',
  example: 'signalbox gate flight-delay',
  arguments: MODEL_ARGUMENT,
  options: [JUDGE_OPTION],
  run: async (args, options, context) => {
    const pipeline = await openCommandPipeline(args, options, context);
    const { verdicts, letThrough, built, trained } = await judgePath(pipeline);
    const head = letThrough ? 'The gates let it through.' : 'The gates refuse it.';
    return {
      text: [head, ...verdictLines(verdicts)].join('\n'),
      json: { letThrough, verdicts, package: built.digest, run: trained.run.id },
      exitCode: letThrough ? 0 : 1,
    };
  },
};
