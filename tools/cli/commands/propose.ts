import { describeProposal, propose } from '../../registry/index.js';
import type { CommandDefinition } from '../command.js';
import { JUDGE_OPTION, MODEL_ARGUMENT, pipelineOptions } from '../pipeline-command.js';
import { verdictLines } from '../verdict-lines.js';

export const proposeCommand: CommandDefinition = {
  name: 'propose',
  summary: 'Train, evaluate, gate and package a branch, and open its pull request',
  example: 'signalbox propose flight-delay',
  arguments: MODEL_ARGUMENT,
  options: [JUDGE_OPTION],
  run: async (args, options, context) => {
    const proposal = await propose(pipelineOptions(args, options, context));
    const { letThrough, verdicts } = proposal;
    return {
      text: [describeProposal(proposal), ...verdictLines(verdicts)].join('\n'),
      json: proposal,
      exitCode: letThrough ? 0 : 1,
    };
  },
};
