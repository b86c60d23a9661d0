import { requireWorkspace } from '@signalbox/contracts';
import { annotate, describeWorkspace, validateFolder } from '../../validate/index.js';
import type { CommandDefinition } from '../command.js';

export const validateCommand: CommandDefinition = {
  name: 'validate',
  summary: 'Check every document and reference, all findings at once',
  example: 'signalbox validate',
  async run(_args, _options, context) {
    const parsed = await validateFolder(context.repo);
    if (context.env.GITHUB_ACTIONS === 'true' && !context.json) await annotate(parsed.findings);
    requireWorkspace(parsed);
    return {
      text: describeWorkspace(parsed),
      json: { valid: true, documents: parsed.counts, findings: parsed.findings },
    };
  },
};
