import { SignalboxError } from '@signalbox/contracts';
import { decideRetrainingNow, describeDecision, proposeRetraining, requestRetraining } from '../../retraining/index.js';
import type { CommandDefinition, CommandResult } from '../command.js';
import { MODEL_ARGUMENT, pipelineOptions } from '../pipeline-command.js';
import { verdictLines } from '../verdict-lines.js';
import { textOption } from './release-options.js';

export const retrainCommand: CommandDefinition = {
  name: 'retrain',
  summary: 'Decide whether a model needs a new version, and propose one trained on the newest data',
  example: 'signalbox retrain decide flight-delay --env prod',
  arguments: [
    {
      name: '<action>',
      description:
        '`decide` (only say so), `propose` (and then train, gate, and open the pull request), or `request` (only open it)',
    },
    ...MODEL_ARGUMENT,
  ],
  options: [
    { flags: '--env <name>', description: 'The environment whose live version is watched', default: 'prod' },
    { flags: '--because <reason>', description: 'A person asks, whatever the triggers say; the reason is recorded' },
  ],
  async run([action, ...args], options, context) {
    const because = textOption(options, 'because');
    const request = { ...pipelineOptions(args, options, context), because: because ?? null };
    if (action === 'propose') return propose(request);
    if (action === 'request') return openRequest(request);
    if (action === 'decide') {
      const decision = await decideRetrainingNow(request);
      return { text: describeDecision(request.model, decision), json: { model: request.model, decision } };
    }
    throw new SignalboxError(
      'input/bad-argument',
      `expected \`decide\`, \`propose\` or \`request\`, got \`${action}\``,
      {
        hint: 'For example: signalbox retrain decide flight-delay --env prod',
      },
    );
  },
};

async function propose(request: Parameters<typeof proposeRetraining>[0]): Promise<CommandResult> {
  const { decision, proposal } = await proposeRetraining(request);
  const { model } = request;
  if (proposal === null) return { text: describeDecision(model, decision), json: { model, decision, proposal } };
  const { letThrough, pullRequest, verdicts, version } = proposal;
  const said = letThrough ? `proposes version ${version}` : 'has a candidate that the gates refuse';
  const head = `${model}: pull request ${pullRequest.number} ${said}`;
  const text = [head, describeDecision(model, decision), ...verdictLines(verdicts)].join('\n');
  return { text, json: { model, decision, proposal }, exitCode: letThrough ? 0 : 1 };
}

async function openRequest(request: Parameters<typeof requestRetraining>[0]): Promise<CommandResult> {
  const { decision, pullRequest } = await requestRetraining(request);
  const opened = pullRequest === null ? [] : [`Pull request ${pullRequest.number} asks for it: ${pullRequest.title}`];
  const text = [describeDecision(request.model, decision), ...opened].join('\n');
  return { text, json: { model: request.model, decision, pullRequest } };
}
