import { SignalboxError } from '@signalbox/contracts';
import { checkEnvironmentParity, describeParity } from '../../features/index.js';
import { loadWorkspace } from '../../validate/index.js';
import type { CommandDefinition } from '../command.js';

export const parityCommand: CommandDefinition = {
  name: 'parity',
  summary: 'Recompute served features offline and explain every difference',
  example: 'signalbox parity --env prod --limit 5000',
  options: [
    { flags: '--env <name>', description: 'The environment', default: 'prod' },
    { flags: '--model <name>', description: 'Answers of this model only' },
    { flags: '--limit <answers>', description: 'Recompute at most this many, evenly chosen', default: '5000' },
  ],
  async run(_args, options, context) {
    const limit = Number(options.limit);
    if (!Number.isInteger(limit) || limit < 1)
      throw new SignalboxError('input/bad-argument', `--limit must be a whole number above 0, got '${options.limit}'`);
    const report = await checkEnvironmentParity({
      repo: context.repo,
      workspace: await loadWorkspace(context.repo),
      environment: String(options.env),
      ...(typeof options.model === 'string' && { model: options.model }),
      limit,
      signal: context.signal,
    });
    return { text: describeParity(report), json: report, exitCode: report.unexplained > 0 ? 1 : 0 };
  },
};
