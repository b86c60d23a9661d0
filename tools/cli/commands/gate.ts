import { judgePath, reportOn } from '../../registry/index.js';
import type { CommandDefinition } from '../command.js';
import { addSummary, annotateVerdicts } from '../github.js';
import { JUDGE_OPTION, MODEL_ARGUMENT, openCommandPipeline } from '../pipeline-command.js';
import { verdictLines } from '../verdict-lines.js';

export const gateCommand: CommandDefinition = {
  name: 'gate',
  summary: 'Let the gates decide about a model: quality, champion, slices, leaks, infrastructure, parity',
  example: 'signalbox gate flight-delay',
  arguments: MODEL_ARGUMENT,
  options: [JUDGE_OPTION],
  run: async (args, options, context) => {
    const pipeline = await openCommandPipeline(args, options, context);
    const judged = await judgePath(pipeline);
    const { verdicts, letThrough, built, trained } = judged;
    if (context.env.GITHUB_ACTIONS === 'true') {
      await addSummary(context.env, await reportOn(pipeline, judged));
      if (!context.json) await annotateVerdicts(context.env, verdicts);
    }
    const head = letThrough ? 'The gates let it through.' : 'The gates refuse it.';
    return {
      text: [head, ...verdictLines(verdicts)].join('\n'),
      json: { letThrough, verdicts, package: built.digest, run: trained.run.id },
      exitCode: letThrough ? 0 : 1,
    };
  },
};
