import { requireWorkspace } from '@signalbox/contracts';
import { describeWorkspace, validateFolder } from '../../validate/index.js';
import type { CommandDefinition } from '../command.js';
import { annotateFindings, setOutput } from '../github.js';

export const validateCommand: CommandDefinition = {
  name: 'validate',
  summary: 'Check every document and reference, all findings at once',
  example: 'signalbox validate',
  async run(_args, _options, context) {
    const parsed = await validateFolder(context.repo);
    const warnings = parsed.findings.filter(({ severity }) => severity === 'warning');
    if (!context.json) await annotateFindings(context.env, warnings);
    const { models } = requireWorkspace(parsed);
    await setOutput(context.env, 'models', [...models.keys()].sort());
    return {
      text: describeWorkspace(parsed),
      json: { valid: true, documents: parsed.counts, findings: parsed.findings },
    };
  },
};
