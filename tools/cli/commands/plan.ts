import { formatFindings } from '@signalbox/contracts';
import { describePlan, planBranch } from '../../release/index.js';
import type { CommandDefinition } from '../command.js';

export const planCommand: CommandDefinition = {
  name: 'plan',
  summary: 'Say what merging this branch would do to traffic, and the way back',
  example: 'signalbox plan --base main',
  options: [{ flags: '--base <branch>', description: 'The branch to merge into', default: 'main' }],
  async run(_args, options, { repo }) {
    const result = await planBranch(repo, String(options.base));
    const { findings, plan, uncommitted } = result;
    const lines = [describePlan(plan)];
    if (findings.length > 0) lines.push('These errors hold back what they touch:', formatFindings(findings));
    if (uncommitted.length > 0) lines.push(`Not committed, so not in this plan: ${uncommitted.join(', ')}`);
    return { text: lines.join('\n'), json: result, exitCode: findings.length > 0 ? 1 : 0 };
  },
};
