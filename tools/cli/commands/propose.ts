import { propose } from '../../registry/index.js';
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
    const { model, version, letThrough, numberTaken, verdicts, pullRequest } = proposal;
    const refused = numberTaken
      ? `The version number of this branch of ${model} is another version on the main branch by now: rebase onto it and propose again (pull request ${pullRequest.number})`
      : `The gates refuse this candidate of ${model}: pull request ${pullRequest.number} says why`;
    const head = letThrough
      ? `${model} version ${version} is proposed: pull request ${pullRequest.number}, ${proposal.package}`
      : refused;
    return { text: [head, ...verdictLines(verdicts)].join('\n'), json: proposal, exitCode: letThrough ? 0 : 1 };
  },
};
