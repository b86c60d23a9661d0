import { promote } from '../../release/index.js';
import type { CommandDefinition } from '../command.js';
import { changeAnswer, requiredVersion, textOption, versionOption } from './release-options.js';

export const promoteCommand: CommandDefinition = {
  name: 'promote',
  summary: 'Propose that an environment runs a version',
  example: 'signalbox promote flight-delay --version 1 --env prod',
  arguments: [{ name: '<model>', description: 'The model' }],
  options: [
    { flags: '--version <n>', description: 'The version to run', required: true },
    { flags: '--env <name>', description: 'The environment', default: 'prod' },
    {
      flags: '--strategy <name>',
      description: 'How it becomes live (default: as the release says, or the first allowed)',
    },
    { flags: '--fallback <n>', description: 'The version that answers when neither it nor the champion can' },
    { flags: '--merge', description: 'Merge at once, if enough people agreed' },
    {
      flags: '--approve-as <name>',
      description: 'Record an approval by this person (a local forge believes the name)',
    },
    { flags: '--re-promote', description: 'Try a version again that was rejected or is held (refused for any other)' },
  ],
  async run([model = ''], options, { repo, wallNow }) {
    const [fallback, strategy] = [versionOption(options, 'fallback'), textOption(options, 'strategy')];
    const approveAs = textOption(options, 'approveAs');
    const merge = options.merge === true;
    const result = await promote({
      repo,
      model,
      environment: String(options.env),
      version: requiredVersion(options, 'version'),
      merge,
      rePromote: options.rePromote === true,
      wallNow,
      ...(strategy === undefined ? {} : { strategy }),
      ...(fallback === undefined ? {} : { fallback }),
      ...(approveAs === undefined ? {} : { approveAs }),
    });
    return changeAnswer(result, { merge });
  },
};
