import { checkMachine, formatChecks } from '../../doctor/index.js';
import type { CommandDefinition } from '../command.js';

export const doctorCommand: CommandDefinition = {
  name: 'doctor',
  summary: 'What is missing on this machine, and how to get it',
  example: 'signalbox doctor',
  async run(_args, _options, context) {
    const checks = await checkMachine({ repo: context.repo, env: context.env });
    const ok = checks.every((check) => check.state !== 'missing');
    return { text: formatChecks(checks), json: { ok, checks }, exitCode: ok ? 0 : 1 };
  },
};
