import { parseInstantUs } from '@signalbox/contracts';
import { describeMonitoring, monitorEnvironment } from '../../monitoring/index.js';
import type { CommandDefinition } from '../command.js';
import { textOption } from './release-options.js';

export const monitorCommand: CommandDefinition = {
  name: 'monitor',
  summary: 'Say whether live inputs, scores and outcomes are still what the version was made for',
  example: 'signalbox monitor --env prod',
  options: [
    { flags: '--env <name>', description: 'The environment', default: 'prod' },
    { flags: '--model <name>', description: 'This model only (default: every released one)' },
    { flags: '--from <time>', description: 'The first window starts at or after this (default: eight windows ago)' },
    { flags: '--to <time>', description: 'No window ends after this (default: the newest event)' },
    { flags: '--forge <folder>', description: 'The bare repository with the main branch (default: the remote origin)' },
  ],
  async run(_args, options, { repo, wallNow }) {
    const [model, forge] = [textOption(options, 'model'), textOption(options, 'forge')];
    const [from, to] = [textOption(options, 'from'), textOption(options, 'to')];
    const reports = await monitorEnvironment({
      repo,
      environment: String(options.env),
      wallNow,
      ...(model !== undefined && { model }),
      ...(forge !== undefined && { forge }),
      ...(from !== undefined && { fromUs: parseInstantUs(from) }),
      ...(to !== undefined && { toUs: parseInstantUs(to) }),
    });
    const failed = reports.some(({ verdicts }) => verdicts.some(({ verdict }) => verdict === 'fail'));
    const none = `Nothing is released in ${String(options.env)} yet.`;
    const text = reports.length === 0 ? none : reports.map(describeMonitoring).join('\n');
    return { text, json: { reports }, exitCode: failed ? 1 : 0 };
  },
};
