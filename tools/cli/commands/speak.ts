import { resolve } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { type BotRequest, type Outcome, type Spoken, speakAsBot } from '../../registry/index.js';
import type { CommandDefinition } from '../command.js';
import { JUDGE_OPTION } from '../pipeline-command.js';
import { textOption } from './release-options.js';

export const speakCommand: CommandDefinition = {
  name: 'speak',
  summary: 'Say on a pull request what merging it does and what its judges found, and record what they let through',
  example: 'signalbox speak --pull-request 1 --commit HEAD --verdict verdict',
  options: [
    { flags: '--pull-request <number>', description: 'The pull request' },
    { flags: '--branch <name>', description: 'Instead: the branch, whose pull request is opened where there is none' },
    {
      flags: '--must-be-open',
      description: 'With --branch: opens no pull request, and says nothing where none is open',
    },
    { flags: '--commit <revision>', description: 'The commit that was judged', required: true },
    {
      flags: '--verdict <folder>',
      description:
        'What `judge --out` left, or a folder with one of these for each model; left out where nothing was judged',
    },
    JUDGE_OPTION,
  ],
  run: async (_args, options, { env, progress, repo, wallNow }) => {
    const verdict = textOption(options, 'verdict');
    const spoken = await speakAsBot({
      repo,
      env,
      pullRequest: pullRequestOf(options),
      commit: String(options.commit),
      verdict: verdict === undefined ? null : resolve(repo, verdict),
      environment: String(options.env),
      progress,
      wallNow,
    });
    return { text: describe(spoken), json: spoken, exitCode: spoken.letThrough ? 0 : 1 };
  },
};

function pullRequestOf(options: Parameters<CommandDefinition['run']>[1]): BotRequest['pullRequest'] {
  const [number, branch] = [textOption(options, 'pullRequest'), textOption(options, 'branch')];
  const mustBeOpen = options.mustBeOpen === true;
  if (number === undefined && branch !== undefined) return { branch, mustBeOpen };
  if (number !== undefined && branch === undefined && !mustBeOpen && /^[1-9][0-9]{0,8}$/.test(number))
    return Number(number);
  throw new SignalboxError('input/bad-argument', 'expected --pull-request with a number, or --branch with a name', {
    hint: 'For example: signalbox speak --pull-request 7 --commit HEAD --verdict verdict',
  });
}

function describe({ letThrough, outcomes, pullRequest }: Spoken): string {
  const head = `Pull request #${pullRequest.number}: ${letThrough ? 'nothing stands against merging it' : 'it must not be merged'}`;
  return [head, ...outcomes.map(outcomeLine)].join('\n');
}

function outcomeLine(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'recorded':
      return `  ${outcome.model} version ${outcome.version} is recorded`;
    case 'refused':
      return `  ${outcome.model}: the gates refuse it`;
    case 'taken':
      return `  ${outcome.model}: version ${outcome.version} is another one on the main branch by now; rebase and propose again`;
    case 'missing':
      return `  ${outcome.model}: there is no verdict`;
    case 'conflict':
    case 'untrusted':
      return `  ${outcome.model ?? 'the pull request'}: ${outcome.sentence}`;
  }
}
